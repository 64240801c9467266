/**
 * What tests of jobs and of their functions use (`flink-ts/testing`).
 */

/** Run a whole job. */
export { MiniCluster, type MiniClusterOptions, type RunResult } from './mini-cluster.js';
export type { Collected, SubmittedJob } from './submitted-job.js';
export type { VirtualClock } from './virtual-clock.js';
export { runJobFile, type JobFileOptions } from './run-job-file.js';
export { collect } from './collect.js';
export { TestStream, type TestStreamEvent } from './test-stream.js';

/** Drive one function by hand. */
export { harness } from './harness.js';
export { OneInputTestHarness, OperatorTestHarness, TwoInputTestHarness, type HarnessInput, type HarnessOptions } from './operator-test-harness.js';

/** Drive an operator of one's own kind. */
export { operatorHarness, OperatorHarness, type OperatorHarnessOptions } from './operator-harness.js';
export { HarnessHost } from './harness-host.js';
export type { HarnessSnapshot } from './harness-snapshot.js';
export type { OutputEvent, OutputRecord } from './operator-output.js';

/** Time and randomness that a test controls. */
export { ManualClock } from './manual-clock.js';
export { seededRandom, type Random } from '../core/random.js';
