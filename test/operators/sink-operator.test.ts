import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { collectOperator } from '../../src/operators/collect.js';
import { RichSinkFunction } from '../../src/operators/functions.js';
import type { Sink, SinkContext, SinkWriter, SinkWriterContext } from '../../src/operators/sink.js';
import { sinkFunctionOperator, sinkOperator } from '../../src/operators/sink-operator.js';
import { operatorLabelOf } from '../../src/operators/specialise.js';
import { operatorHarness } from '../../src/testing/operator-harness.js';
import { LABEL, MODES } from './modes.js';

/** A writer whose writes settle when the test says so; it records everything in order. */
class SlowWriter implements SinkWriter<string> {
  readonly log: string[] = [];
  private readonly pending: { resolve: () => void; reject: (error: Error) => void }[] = [];
  private writing = false;

  constructor(readonly slow = true) {}

  write(value: string): void | Promise<void> {
    if (this.writing) throw new Error('writes overlap');
    this.log.push(`write ${value}`);
    if (this.slow) return this.later(`wrote ${value}`);
  }
  flush(endOfInput: boolean): void | Promise<void> {
    if (this.writing) throw new Error('flush overlaps a write');
    this.log.push(`flush ${endOfInput}`);
  }
  writeWatermark(timestamp: number): void {
    this.log.push(`watermark ${timestamp}`);
  }
  close(): void {
    this.log.push('close');
  }
  /** Settles the oldest write and lets everybody hear of it. */
  async settle(failure?: Error): Promise<void> {
    const oldest = this.pending.shift();
    if (failure) oldest?.reject(failure);
    else oldest?.resolve();
    await turnOfTheLoop();
  }
  private later(done: string): Promise<void> {
    this.writing = true;
    return new Promise<void>((resolve, reject) => this.pending.push({ resolve, reject })).finally(() => {
      this.writing = false;
      this.log.push(done);
    });
  }
}

const to = (writer: SinkWriter<string>): Sink<string> => ({ createWriter: async () => writer });

describe.each(MODES)('$mode sink', ({ specialise }) => {
  it('writes every record with its facts', async () => {
    const seen: unknown[] = [];
    const writer: SinkWriter<string> = {
      write: (value, context) => void seen.push([value, context.timestamp(), context.currentWatermark()]),
      flush: () => {},
    };
    const harness = await operatorHarness(sinkOperator(to(writer)), { specialise }).open();
    harness.push('a', 5).watermark(4).push('b');
    expect(seen).toEqual([['a', 5, -Infinity], ['b', null, 4]]);
    expect(harness.held).toBe(false);
  });

  it('tells its writer who it is, and of time that passes, until it closes', async () => {
    let facts!: SinkWriterContext;
    const fired: unknown[] = [];
    const sink: Sink<string> = {
      createWriter(context) {
        facts = context;
        const timers = context.getProcessingTimeService();
        const now = timers.getCurrentProcessingTime();
        timers.registerTimer(now + 10, { onProcessingTime: (time) => void fired.push(time - now) });
        timers.registerTimer(now - 5, (time) => void fired.push(time - now));
        timers.registerTimer(now + 50, () => void fired.push('after it has closed'));
        return { write() {}, flush() {} };
      },
    };
    const harness = await operatorHarness(sinkOperator(sink), { specialise }).open();
    expect([facts.getTaskInfo().getIndexOfThisSubtask(), facts.getTaskInfo().getAttemptNumber(), facts.getRestoredCheckpointId()]).toEqual([0, 0, null]);
    expect(facts.getJobInfo().getJobId()).toBe(facts.runtime.getJobId());
    expect([facts.isObjectReuseEnabled(), facts.getMailboxExecutor()]).toEqual([facts.runtime.isObjectReuseEnabled(), facts.mailbox]);
    facts.metricGroup().counter('numRecordsSend').inc(3);
    expect(harness.metric('numRecordsSend')).toBe(3);
    harness.clock.advance(9);
    await harness.settle();
    expect(fired).toEqual([-5]);
    harness.clock.advance(1);
    await harness.settle();
    expect(fired).toEqual([-5, 10]);
    await harness.end();
    harness.clock.advance(100);
    await harness.settle();
    expect(fired).toEqual([-5, 10]);
    expect(harness.clock.scheduled).toBe(0);
  });

  it('counts what it commits', async () => {
    const sink: Sink<string, string> = {
      createWriter: () => ({ write() {}, flush() {}, prepareCommit: () => ['a', 'b'] }),
      createCommitter: () => ({ commit() {} }),
    };
    const harness = await operatorHarness(sinkOperator(sink), { specialise }).open();
    await harness.snapshot(1);
    expect(harness.metric('pendingCommittables')).toBe(2);
    await harness.notifyCheckpointComplete(1);
    expect(['pendingCommittables', 'totalCommittables', 'successfulCommittables'].map((name) => harness.metric(name))).toEqual([0, 2, 2]);
    await harness.close();
  });

  it('flushes when told, at the end of input, and closes', async () => {
    const writer = new SlowWriter(false);
    const harness = await operatorHarness(sinkOperator(to(writer)), { specialise }).open();
    harness.push('a').watermark(9);
    harness.operator.flush?.();
    await harness.end();
    expect(writer.log).toEqual(['write a', 'watermark 9', 'flush false', 'flush true', 'close']);
  });

  it('writes and flushes what comes behind the end of the input, of a committer upstream, before it closes', async () => {
    const writer = new SlowWriter();
    const harness = await operatorHarness(sinkOperator(to(writer)), { specialise }).open();
    await harness.operator.finish?.();
    harness.push('late').push('later');
    expect(harness.held).toBe(true);
    const closed = harness.operator.close?.();
    await writer.settle();
    await writer.settle();
    await closed;
    expect(writer.log).toEqual(['flush true', 'write late', 'wrote late', 'write later', 'wrote later', 'flush true', 'close']);
  });

  it('takes no more input while a write is pending, and queues what comes nevertheless', async () => {
    const writer = new SlowWriter();
    const harness = await operatorHarness(sinkOperator(to(writer)), { specialise }).open();
    harness.push('a').push('b').push('c');
    expect(harness.held).toBe(true);
    harness.operator.flush?.();
    expect(writer.log).toEqual(['write a']);
    await writer.settle();
    expect(harness.held).toBe(true);
    expect(writer.log).toEqual(['write a', 'wrote a', 'write b']);
    await writer.settle();
    await writer.settle();
    expect(harness.held).toBe(false);
    expect(writer.log.slice(3)).toEqual(['wrote b', 'write c', 'wrote c', 'flush false']);
  });

  it('writes and flushes everything before a checkpoint, and does nothing else meanwhile', async () => {
    const writer = new SlowWriter();
    let flushing = 0;
    writer.flush = async () => {
      if (flushing++ > 0) throw new Error('flushes overlap');
      await turnOfTheLoop();
      writer.log.push('flushed');
      flushing = 0;
    };
    const harness = await operatorHarness(sinkOperator(to(writer)), { specialise }).open();
    harness.push('a').push('b');
    harness.operator.flush?.();
    const snapshot = harness.snapshot();
    await writer.settle();
    harness.operator.flush?.();
    await writer.settle();
    await snapshot;
    expect(writer.log).toEqual(['write a', 'wrote a', 'write b', 'wrote b', 'flushed']);
    expect(harness.held).toBe(false);
    harness.push('c');
    await writer.settle();
    expect(writer.log.slice(5)).toEqual(['write c', 'wrote c']);
  });

  it('finishes only when everything is written and flushed', async () => {
    const writer = new SlowWriter();
    const harness = await operatorHarness(sinkOperator(to(writer)), { specialise }).open();
    harness.push('a').push('b');
    const finished = Promise.resolve(harness.operator.finish?.());
    let done = false;
    void finished.then(() => (done = true));
    await writer.settle();
    expect(done).toBe(false);
    await writer.settle();
    harness.operator.flush?.();
    await finished;
    harness.operator.flush?.();
    expect(writer.log).toEqual(['write a', 'wrote a', 'write b', 'wrote b', 'flush true']);
    expect(harness.held).toBe(false);
  });

  it('opened late takes no more input once much has come before', async () => {
    const writer = new SlowWriter(false);
    const harness = operatorHarness(sinkOperator(to(writer)), { specialise });
    harness.operator.awaitOpening!();
    const records = Array.from({ length: 5_000 }, (_, n) => String(n));
    harness.pushAll(records.slice(0, 4_000));
    expect(harness.held).toBe(false);
    harness.pushAll(records.slice(4_000));
    expect(harness.held).toBe(true);
    await harness.open();
    expect(writer.log).toEqual(records.map((record) => `write ${record}`));
    expect(harness.held).toBe(false);
  });

  it('opened late lets what came before wait, and writes it then', async () => {
    const writer = new SlowWriter();
    const harness = operatorHarness(sinkOperator(to(writer)), { specialise });
    harness.operator.awaitOpening!();
    expect(harness.held).toBe(false);
    harness.watermark(3).push('a').push('b');
    expect(harness.held).toBe(false);
    harness.operator.flush?.();
    expect(writer.log).toEqual([]);
    await harness.open();
    expect(writer.log).toEqual(['watermark 3', 'write a']);
    await writer.settle();
    await writer.settle();
    expect(writer.log.slice(2)).toEqual(['wrote a', 'write b', 'wrote b', 'flush false']);
    expect(harness.held).toBe(false);
  });

  it('opened late finishes only then, with everything written', async () => {
    const writer = new SlowWriter(false);
    const harness = operatorHarness(sinkOperator(to(writer)), { specialise });
    harness.operator.awaitOpening!();
    harness.push('a');
    const finished = Promise.resolve(harness.operator.finish?.());
    await turnOfTheLoop();
    expect(writer.log).toEqual([]);
    await harness.open();
    await finished;
    expect(writer.log).toEqual(['write a', 'flush true']);
    expect(harness.held).toBe(false);
  });

  it('that was to open late and never did closes without a word', async () => {
    const writer = new SlowWriter(false);
    const harness = operatorHarness(sinkOperator(to(writer)), { specialise });
    harness.operator.awaitOpening!();
    harness.push('a');
    const finished = Promise.resolve(harness.operator.finish?.());
    await harness.close();
    await finished;
    expect(writer.log).toEqual([]);
  });

  it('fails the task when a promise is rejected, labelled with the operator', async () => {
    const writer = new SlowWriter();
    const harness = await operatorHarness(sinkOperator(to(writer)), { specialise }).open();
    harness.push('a');
    await writer.settle(new Error('disk full'));
    const error = await harness.settle().catch((reason: unknown) => reason);
    expect((error as Error).message).toBe('disk full');
    expect(operatorLabelOf(error)).toBe(LABEL);
    expect(writer.log).toEqual(['write a', 'wrote a']);
  });

  it('rejects finish when the last write fails', async () => {
    const writer = new SlowWriter();
    const harness = await operatorHarness(sinkOperator(to(writer)), { specialise }).open();
    harness.push('a');
    const finished = Promise.resolve(harness.operator.finish?.()).catch((reason: unknown) => reason);
    await writer.settle(new Error('gone'));
    expect(operatorLabelOf(await finished)).toBe(LABEL);
  });

  it('writes nothing more after close', async () => {
    const writer = new SlowWriter();
    const harness = await operatorHarness(sinkOperator(to(writer)), { specialise }).open();
    harness.push('a').push('b');
    await harness.close();
    await writer.settle();
    expect(writer.log).toEqual(['write a', 'close', 'wrote a']);
  });

  it('closes quietly when the writer could not be made', async () => {
    const harness = operatorHarness(sinkOperator<string>({ createWriter: () => { throw new Error('no'); } }), { specialise });
    await expect(harness.open()).rejects.toThrow('no');
    await harness.close();
  });
});

describe.each(MODES)('$mode sink function', ({ specialise }) => {
  it('may be a lambda, whatever it returns', async () => {
    const seen: string[] = [];
    const harness = await operatorHarness(sinkFunctionOperator<string>((value) => seen.push(value) as unknown as void), { specialise }).open();
    harness.push('a').push('b');
    expect(seen).toEqual(['a', 'b']);
    expect(harness.held).toBe(false);
  });

  it('may be asynchronous: invocations never overlap', async () => {
    let running = 0;
    const seen: string[] = [];
    const fn = async (value: string, context: SinkContext): Promise<void> => {
      running++;
      expect(running).toBe(1);
      await Promise.resolve();
      seen.push(`${value}@${context.timestamp()}`);
      running--;
    };
    const harness = await operatorHarness(sinkFunctionOperator(fn), { specialise }).open();
    harness.push('a', 1).push('b', 2).push('c', 3);
    await harness.end();
    expect(seen).toEqual(['a@1', 'b@2', 'c@3']);
  });

  it('has a life cycle: open, invoke, finish, close', async () => {
    const calls: string[] = [];
    class Logging extends RichSinkFunction<string> {
      override async open(): Promise<void> {
        calls.push(`open ${this.getRuntimeContext().getTaskName()}`);
      }
      invoke(value: string): void {
        calls.push(value);
      }
      override finish(): void {
        calls.push('finish');
      }
      override close(): void {
        calls.push('close');
      }
    }
    const harness = await operatorHarness(sinkFunctionOperator<string>(Logging), { specialise, name: 'Sink' }).open();
    harness.push('a');
    harness.operator.flush?.();
    await harness.end();
    expect(calls).toEqual(['open Sink', 'a', 'finish', 'close']);
  });

  it('lets errors through, labelled with the operator', async () => {
    const harness = await operatorHarness(sinkFunctionOperator<string>(() => { throw new Error('full'); }), { specialise }).open();
    let error: unknown;
    try {
      harness.push('a');
    } catch (thrown) {
      error = thrown;
    }
    expect((error as Error).message).toBe('full');
    expect(operatorLabelOf(error)).toBe(LABEL);
  });
});

describe.each(MODES)('$mode collecting sink', ({ specialise }) => {
  it('hands values over in order: when a batch is full, when told, and at the end', async () => {
    const harness = await operatorHarness(collectOperator<number>('c1'), { specialise }).open();
    harness.pushAll(Array.from({ length: 1500 }, (_, i) => i));
    expect(harness.host.collected.get('c1')).toHaveLength(1024);
    harness.operator.flush?.();
    expect(harness.host.collected.get('c1')).toHaveLength(1500);
    harness.push(1500);
    await harness.end();
    expect(harness.host.collected.get('c1')).toEqual(Array.from({ length: 1501 }, (_, i) => i));
  });
});
