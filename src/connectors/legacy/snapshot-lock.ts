/**
 * Keeps checkpoints away while a source function changes its state and emits in several steps.
 *
 * Invariants:
 * - Bodies run one at a time, in the order in which they came; one that can runs at once.
 * - A checkpoint that waits has its turn before bodies that come later, however many there are.
 */
import type { CheckpointLock } from '../../operators/functions.js';

/** A checkpoint's turn. */
interface Visit {
  /** Resolves when the bodies before it have ended. */
  readonly due: Promise<void>;
  arrived: boolean;
  /** Lets the bodies behind it go on. */
  readonly leave: () => void;
}

export class SnapshotLock implements CheckpointLock {
  /** Settles when all that has come so far has ended. */
  private last: Promise<void> | undefined;
  private visit: Visit | undefined;

  /** @param touch called when a checkpoint that waited may be taken. */
  constructor(private readonly touch: () => void) {}

  /** Resolves when a checkpoint may be taken, which is to follow; undefined when it may be taken now. */
  turn(): Promise<void> | undefined {
    if (!this.last || this.visit?.arrived) return undefined;
    this.visit ??= this.visitAfter(this.last);
    return this.visit.due;
  }

  /** A checkpoint is being taken: nobody begins until `leave`. */
  enter(): void {
    this.visit ??= this.visitAfter(undefined);
  }

  /** The checkpoint, if it was its turn, has been taken or has not come. */
  leave(): void {
    if (!this.visit?.arrived) return;
    this.visit.leave();
    this.visit = undefined;
  }

  /** The function has ended: it keeps nobody away any more. */
  release(): void {
    this.last = undefined;
  }

  synchronized<R>(body: () => R | Promise<R>): Promise<R> {
    const run = this.last ? this.last.then(body) : begin(body);
    if (!(run instanceof Promise)) return Promise.resolve(run.value);
    this.follow(run.then(() => {}, () => {}));
    return run;
  }

  private visitAfter(bodies: Promise<void> | undefined): Visit {
    let leave = (): void => {};
    const left = new Promise<void>((resolve) => (leave = resolve));
    const arrive = (): void => {
      visit.arrived = true;
      this.touch();
    };
    const visit: Visit = { due: bodies ? bodies.then(arrive) : Promise.resolve(), arrived: bodies === undefined, leave };
    this.follow(visit.due.then(() => left));
    return visit;
  }

  private follow(end: Promise<void>): void {
    const last = end.then(() => {
      if (this.last === last) this.last = undefined;
    });
    this.last = last;
  }
}

function begin<R>(body: () => R | Promise<R>): Promise<R> | { readonly value: R } {
  try {
    const answer = body();
    return answer instanceof Promise ? answer : { value: answer };
  } catch (error) {
    return Promise.reject(error);
  }
}
