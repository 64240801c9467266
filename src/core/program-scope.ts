/**
 * Something that belongs to a running program, found by everything the program starts, however many asynchronous calls
 * later: its executor, its classes. Several programs can be under way in one thread, each with its own.
 *
 * To follow asynchronous calls Node hooks into every promise of the thread, which then costs three times as much (before
 * Node 24). So one program may be the thread's resident, which is not followed but taken for granted: a thread with a
 * single program, as TaskManagers with one slot have, pays nothing.
 *
 * Invariant: whatever is not followed belongs to the resident.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

export class ProgramScope<T> {
  private readonly followed = new AsyncLocalStorage<T>();
  private resident: T | undefined;

  /** What belongs to the program that asks. */
  get current(): T | undefined {
    return this.followed.getStore() ?? this.resident;
  }

  /** Whether a followed program asks; of the resident nobody can tell. */
  get following(): boolean {
    return this.followed.getStore() !== undefined;
  }

  /** Runs `program`, and everything it starts, with `value` in force. */
  run<R>(value: T, program: () => R): R {
    return this.followed.run(value, program);
  }

  /** Runs `program` as the resident: from now on `value` is in force wherever `run` says nothing else. */
  reside<R>(value: T, program: () => R): R {
    this.resident = value;
    return program();
  }
}
