import { describe, expect, it } from 'vitest';
import { FlinkError } from '../../src/core/errors.js';
import { seededRandom } from '../../src/core/random.js';
import { AsynchronousOperations } from '../../src/rest/asynchronous-operations.js';
import { ManualClock } from '../../src/testing/manual-clock.js';

const make = (): { clock: ManualClock; operations: AsynchronousOperations } => {
  const clock = new ManualClock();
  return { clock, operations: new AsynchronousOperations(clock, seededRandom(1)) };
};

describe('an asynchronous operation', () => {
  it('is in progress until it has ended, then tells its result', async () => {
    const { operations } = make();
    let end!: (result: object) => void;
    const id = operations.begin(undefined, () => new Promise<object>((resolve) => (end = resolve)));
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(operations.status(id)).toEqual({ status: { id: 'IN_PROGRESS' }, operation: null });
    end({ location: '/x' });
    await Promise.resolve();
    expect(operations.status(id)).toEqual({ status: { id: 'COMPLETED' }, operation: { location: '/x' } });
  });

  it('that failed is completed too, with its cause', async () => {
    const { operations } = make();
    const id = operations.begin(undefined, () => Promise.reject(new FlinkError('CHECKPOINT_FAILED', 'no room')));
    await new Promise((resolve) => void setImmediate(resolve));
    expect(operations.status(id)).toMatchObject({ status: { id: 'COMPLETED' }, operation: { 'failure-cause': { class: 'FlinkError', 'serialized-throwable': expect.stringMatching(/^rO0ABXNy/), errors: ['no room'], error: { code: 'CHECKPOINT_FAILED' } } } });
  });

  it('is begun once for each trigger id', () => {
    const { operations } = make();
    let begun = 0;
    const run = (): Promise<object> => {
      begun += 1;
      return Promise.resolve({});
    };
    expect(operations.begin('ab', run)).toBe('ab');
    expect(operations.begin('ab', run)).toBe('ab');
    expect(begun).toBe(1);
  });

  it('is forgotten five minutes after it has ended', async () => {
    const { clock, operations } = make();
    const id = operations.begin(undefined, () => Promise.resolve({}));
    await Promise.resolve();
    clock.advance(299_999);
    expect(operations.status(id).status.id).toBe('COMPLETED');
    clock.advance(2);
    expect(() => operations.status(id)).toThrow('no operation with the trigger id');
  });

  it('is told with all that have ended, when those under way have too, but not for ever', async () => {
    const { clock, operations } = make();
    let end!: (result: object) => void;
    const first = operations.begin(undefined, () => new Promise<object>((resolve) => (end = resolve)));
    const told = operations.outcomes(1_000);
    end({ location: '/x' });
    expect([...(await told)]).toEqual([[first, { status: { id: 'COMPLETED' }, operation: { location: '/x' } }]]);
    const second = operations.begin(undefined, () => new Promise<object>(() => undefined));
    const soon = operations.outcomes(1_000);
    clock.advance(1_001);
    expect([...(await soon).keys()]).toEqual([first]);
    expect(operations.status(second).status.id).toBe('IN_PROGRESS');
  });

  it('keeps a server that is to end waiting until its result was told, but not for ever', async () => {
    const { clock, operations } = make();
    const id = operations.begin(undefined, () => Promise.resolve({}));
    await Promise.resolve();
    let over = false;
    const settled = operations.settled(5_000).then(() => (over = true));
    await Promise.resolve();
    expect(over).toBe(false);
    operations.status(id);
    await settled;
    operations.begin(undefined, () => Promise.resolve({}));
    const given = operations.settled(5_000);
    clock.advance(5_001);
    await given;
  });
});
