import { describe, expect, it } from 'vitest';
import { SourceFunctionSource } from '../../../src/connectors/legacy/source-function-source.js';
import { RichParallelSourceFunction, type SourceContext } from '../../../src/operators/functions.js';
import type { RuntimeContext } from '../../../src/operators/runtime-context.js';
import { drive, readAll } from '../drive.js';

const pause = (ms = 1): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a source function', () => {
  it.each<[string, (context: SourceContext<number>) => unknown]>([
    ['returns at once', (context) => [1, 2, 3].forEach((value) => void context.collect(value))],
    ['gives a promise', async (context) => { for (const value of [1, 2, 3]) { await pause(); await context.collect(value); } }],
    ['is a generator', function* () { yield* [1, 2]; yield undefined; yield 3; }],
    ['is an asynchronous generator', async function* () { yield 1; await pause(); yield* [2, 3]; }],
    ['collects and yields', function* (context) { void context.collect(1); yield 2; void context.collect(3); }],
  ])('may be a lambda that %s', async (_, run) => {
    expect(await readAll(new SourceFunctionSource<number>(run as never), { turn: 2 })).toEqual([[1, 2, 3]]);
  });

  it('emits timestamps, watermarks and idleness in the order in which they were made', async () => {
    for (const wait of [false, true]) {
      const driven = await drive(new SourceFunctionSource<string>(async (context) => {
        if (wait) await pause();
        void context.collectWithTimestamp('a', 5);
        context.emitWatermark(5);
        context.markAsTemporarilyIdle();
        context.markAsTemporarilyIdle();
        void context.collect('b');
      }));
      await driven.run();
      expect(driven.outputs[0]).toMatchObject({
        values: ['a', 'b'],
        timestamps: [5, Number.NEGATIVE_INFINITY],
        signals: ['watermark 5 after 1', 'idle after 1', 'active after 1'],
      });
    }
  });

  it('is held back by the promise that collect gives', async () => {
    let made = 0;
    const driven = await drive(new SourceFunctionSource<number>({
      async run(context) {
        for (;;) await context.collect(made++);
      },
      cancel() {},
    }), { turn: 10 });
    driven.poll(0);
    await pause();
    expect(made).toBeLessThan(1100);
    const before = made;
    while (driven.outputs[0]!.values.length < 2000) {
      driven.poll(0);
      await pause(0);
    }
    expect(made).toBeGreaterThan(before);
    expect(driven.outputs[0]!.values).toEqual(Array.from({ length: driven.outputs[0]!.values.length }, (_, index) => index));
    await driven.close();
  });

  it('that only awaits ready() lets others run', async () => {
    const state = { stopped: false };
    const driven = await drive(new SourceFunctionSource<number>({
      async run(context) {
        while (!state.stopped) await context.ready();
      },
      cancel() { state.stopped = true; },
    }));
    const running = driven.run();
    await pause();
    state.stopped = true;
    expect(await running).toEqual([[]]);
  });

  it('is cancelled when the reader closes, and what it collects afterwards is dropped', async () => {
    const log: string[] = [];
    const state = { running: true };
    const driven = await drive(new SourceFunctionSource<number>({
      async run(context) {
        while (state.running) {
          await context.collect(1);
          await pause();
        }
        void context.collect(2);
        log.push('ended');
      },
      cancel() {
        state.running = false;
        log.push('cancel');
      },
      close() {
        log.push('close');
      },
    }));
    driven.poll(0);
    await pause();
    await driven.close();
    driven.poll(0);
    expect(log).toEqual(['cancel', 'ended', 'close']);
    expect(driven.outputs[0]!.values).not.toContain(2);
  });

  it('that does not notice that it was cancelled is stopped', async () => {
    const log: string[] = [];
    const driven = await drive(new SourceFunctionSource<number>({
      async run(context) {
        try {
          for (;;) await context.collect(1);
        } finally {
          log.push('stopped');
        }
      },
      cancel() {},
    }), { turn: 1 });
    driven.poll(0);
    await driven.close();
    expect(log).toEqual(['stopped']);
  });

  it('that generates is told to return when the reader closes', async () => {
    const log: string[] = [];
    const driven = await drive(new SourceFunctionSource<number>(function* () {
      try {
        for (;;) yield 1;
      } finally {
        log.push('returned');
      }
    }), { turn: 2 });
    driven.poll(0);
    await driven.close();
    expect(log).toEqual(['returned']);
  });

  it('fails with what it throws, after the records before', async () => {
    const driven = await drive(new SourceFunctionSource<number>(async (context) => { await pause(); void context.collect(1); throw new Error('broken'); }));
    await expect(driven.run()).rejects.toThrow('broken');
    expect(driven.outputs[0]!.values).toEqual([1]);
    await expect(readAll(new SourceFunctionSource(() => { throw new Error('at once'); }))).rejects.toThrow('at once');
  });

  it('that is parallel runs in every subtask, each with an instance and a runtime context of its own', async () => {
    class Places extends RichParallelSourceFunction<string> {
      override open(): void {
        this.place = `${this.getRuntimeContext().getTaskName()}`;
      }
      private place = '';
      run(context: SourceContext<string>): void {
        void context.collect(this.place);
      }
      cancel(): void {}
    }
    const source = new SourceFunctionSource(Places);
    expect(source.parallel).toBe(true);
    const runtime = { getTaskName: () => 'places', getAttemptNumber: () => 0 } as RuntimeContext;
    expect(await readAll(source, { parallelism: 3, runtime })).toEqual([['places'], ['places'], ['places']]);
  });

  it('that is not parallel refuses to run in several subtasks', async () => {
    await expect(readAll(new SourceFunctionSource<number>(() => {}), { parallelism: 2 })).rejects.toThrow(/not parallel was to run in 2 subtasks/);
    expect(new SourceFunctionSource<number>(() => {})).toMatchObject({ parallel: false, boundedness: 'CONTINUOUS_UNBOUNDED' });
  });

  it('must be one', () => {
    expect(() => new SourceFunctionSource({} as never)).toThrow(/addSource takes a function/);
  });
});
