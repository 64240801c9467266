/**
 * What tests of jobs and of their functions use (`flink-ts/testing`).
 */

/** Run a whole job. */
export { collect } from './collect.js';

/** Drive one operator by hand. */
export { operatorHarness, OperatorHarness, HarnessHost, type OperatorHarnessOptions, type OutputRecord } from './operator-harness.js';

/** Time and randomness that a test controls. */
export { ManualClock } from './manual-clock.js';
export { seededRandom, type Random } from '../core/random.js';
