/**
 * What tests of jobs and of their functions use (`flink-ts/testing`).
 */

/** Run a whole job. */
export { MiniCluster, type MiniClusterOptions, type RunResult } from './mini-cluster.js';
export type { Collected, SubmittedJob } from './submitted-job.js';
export type { VirtualClock } from './virtual-clock.js';
export { collect } from './collect.js';
export { TestStream, type TestStreamEvent } from './test-stream.js';

/** Drive one operator by hand. */
export { operatorHarness, OperatorHarness, HarnessHost, type OperatorHarnessOptions, type OutputRecord } from './operator-harness.js';

/** Time and randomness that a test controls. */
export { ManualClock } from './manual-clock.js';
export { seededRandom, type Random } from '../core/random.js';
