/**
 * What a cluster in one process takes from the machine: time, randomness, turns of the event loop, and where printed
 * lines go. Tests put others in their place.
 */
import type { FileStore } from '../checkpoint/file-store.js';
import { type Clock, systemClock } from '../core/clock.js';
import { type EventLoop, systemEventLoop } from '../core/event-loop.js';
import { type Random, systemRandom } from '../core/random.js';
import type { OperatorHost } from '../operators/operator.js';

export interface Surroundings {
  readonly clock: Clock;
  /** Says when a task has had its turn. It goes on where `clock` may stand still. */
  readonly turnClock: Pick<Clock, 'monotonic'>;
  readonly random: Random;
  readonly eventLoop: EventLoop;
  /** Where checkpoints are kept; wherever their paths point unless given. */
  readonly files?: FileStore;
  /** Takes printed lines; left out, they go to the outputs of the process. */
  readonly print?: OperatorHost['print'];
}

export const machine: Surroundings = { clock: systemClock, turnClock: systemClock, random: systemRandom, eventLoop: systemEventLoop };
