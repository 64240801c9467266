/** Which of several clusters may use a store that keeps no lock. */
import { describe, expect, it } from 'vitest';
import { LeaderLease, type LeaseObject } from '../../src/dispatcher/leader-lease.js';
import { ManualClock } from '../../src/testing/manual-clock.js';

const DURATION_MS = 15_000;

/** An object as S3 keeps it; `trouble` makes its requests fail. */
class Shelf implements LeaseObject {
  trouble = false;
  content: { etag: string; body: Buffer } | undefined;
  private writes = 0;

  async read(): Promise<{ etag: string; body: Buffer } | undefined> {
    if (this.trouble) throw new Error('no way to S3');
    return this.content;
  }

  async write(body: Buffer, etag: string | undefined): Promise<string | undefined> {
    if (this.trouble) throw new Error('no way to S3');
    if (this.content?.etag !== etag) return undefined;
    this.content = { etag: String(++this.writes), body };
    return this.content.etag;
  }
}

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

async function passes(clock: ManualClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) {
    clock.advance(500);
    await settled();
  }
}

class Cluster {
  readonly said: string[] = [];
  lease: LeaderLease | undefined;
  refusal: string | undefined;
  lost: string | undefined;

  constructor(owner: string, shelf: LeaseObject, readonly clock: ManualClock) {
    LeaderLease.acquire(shelf, { owner, durationMs: DURATION_MS, clock, say: (line) => void this.said.push(line), lost: (why) => void (this.lost = why) })
      .then((lease) => void (this.lease = lease), (error: Error) => void (this.refusal = error.message));
  }
}

describe('the lease of a job store', () => {
  it('is given at once where there is none, and where its holder gave it back', async () => {
    const [clock, shelf] = [new ManualClock(), new Shelf()];
    const first = new Cluster('first', shelf, clock);
    await settled();
    await first.lease!.release();
    const second = new Cluster('second', shelf, clock);
    await settled();
    expect([second.lease !== undefined, second.said]).toEqual([true, []]);
  });

  it('is refused to others as long as its holder lives', async () => {
    const [clock, shelf] = [new ManualClock(), new Shelf()];
    const first = new Cluster('first', shelf, clock);
    await settled();
    await passes(clock, 60_000);
    const second = new Cluster('second', shelf, clock);
    await passes(clock, DURATION_MS);
    await passes(clock, 60_000);
    expect([second.refusal, first.lost]).toEqual(['another session cluster uses it: first', undefined]);
    expect(second.said).toEqual(['first had the job store last, and has not given it back: waiting whether it still runs, at most 15 s']);
  });

  it('is another one’s after its whole duration when its holder died, and the holder’s no more before that when it cannot renew it', async () => {
    const shelf = new Shelf();
    const [hisClock, clock] = [new ManualClock(), new ManualClock(1_000_000)];
    const first = new Cluster('first', shelf, hisClock);
    await settled();
    // He is cut off from the store, and time is the same for both.
    const cutOff: LeaseObject = { read: () => Promise.reject(new Error('cut off')), write: () => Promise.reject(new Error('cut off')) };
    Object.assign(first.lease!, { object: cutOff });
    const second = new Cluster('second', shelf, clock);
    let lostAt: number | undefined;
    let takenAt: number | undefined;
    for (let time = 0; time <= 2 * DURATION_MS; time += 500) {
      await Promise.all([passes(hisClock, 500), passes(clock, 500)]);
      if (first.lost !== undefined) lostAt ??= time;
      if (second.lease) takenAt ??= time;
    }
    expect(first.lost).toBe('it could not be renewed in time');
    expect(first.said[0]).toBe('The lease of the job store could not be renewed, and is tried again: cut off');
    expect(lostAt).toBeLessThanOrEqual(DURATION_MS * 2 / 3);
    expect(takenAt).toBeGreaterThanOrEqual(DURATION_MS - 500);
  });

  it('survives trouble that passes', async () => {
    const [clock, shelf] = [new ManualClock(), new Shelf()];
    const first = new Cluster('first', shelf, clock);
    await settled();
    await passes(clock, 4_000);
    shelf.trouble = true;
    await passes(clock, 4_000);
    shelf.trouble = false;
    await passes(clock, 60_000);
    expect(first.lost).toBeUndefined();
  });

  it('goes to one of two that wait for it', async () => {
    const [clock, shelf] = [new ManualClock(), new Shelf()];
    await shelf.write(Buffer.from('{"owner":"dead","sequence":4,"released":false}'), undefined);
    const waiting = ['one', 'two'].map((owner) => new Cluster(owner, shelf, clock));
    await passes(clock, 3 * DURATION_MS);
    expect(waiting.filter(({ lease }) => lease)).toHaveLength(1);
    expect(waiting.filter(({ refusal }) => refusal?.startsWith('another session cluster uses it:'))).toHaveLength(1);
  });

  it('is lost at once when somebody else has written it', async () => {
    const [clock, shelf] = [new ManualClock(), new Shelf()];
    const first = new Cluster('first', shelf, clock);
    await settled();
    await shelf.write(Buffer.from('{}'), shelf.content!.etag);
    await passes(clock, DURATION_MS / 3 + 500);
    expect(first.lost).toBe('another session cluster has taken it');
  });

  it('is nobody’s who slept through the time for giving up, before any of his timers has run', async () => {
    const [clock, shelf] = [new ManualClock(), new Shelf()];
    let slept = 0;
    const halted = { now: () => clock.now(), monotonic: () => clock.monotonic() + slept, schedule: (delayMs: number, call: () => void) => clock.schedule(delayMs, call) };
    const first = new Cluster('first', shelf, halted as ManualClock);
    await settled();
    await passes(clock, 60_000);
    expect([first.lease!.held, first.lost]).toEqual([true, undefined]);
    slept = DURATION_MS * 2 / 3;
    expect([first.lease!.held, first.lost]).toEqual([false, 'it could not be renewed in time']);
  });

  it('tells with each renewal since when others may have seen it', async () => {
    const [clock, shelf] = [new ManualClock(), new Shelf()];
    const slow: LeaseObject = {
      read: () => shelf.read(),
      write: async (body, etag) => {
        const written = await shelf.write(body, etag);
        clock.advance(100);
        return written;
      },
    };
    const ages: number[] = [];
    await LeaderLease.acquire(slow, { owner: 'slow', durationMs: DURATION_MS, clock, say: () => undefined, renewed: (ageMs) => void ages.push(ageMs), lost: () => undefined });
    await passes(clock, DURATION_MS);
    expect(ages).toEqual([100, 100, 100, 100]);
  });
});
