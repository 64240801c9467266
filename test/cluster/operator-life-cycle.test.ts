/**
 * What a task calls of its operators and of the author's functions, in which order, and never two at once.
 */
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Collector, type DataStream, DiscardingSink, type KeyedProcessContext, KeyedProcessFunction, type SourceFunction, StreamExecutionEnvironment, WatermarkStrategy,
} from '../../src/index.js';
import { jobClientOf } from '../../src/client/job-client.js';
import { MiniCluster } from '../../src/cluster/mini-cluster.js';
import type { OperatorDefinition } from '../../src/operators/operator.js';
import { withPipelineExecutor } from '../../src/program/pipeline-executor.js';
import { configurationOf } from '../../src/testing/test-configuration.js';

let cluster: MiniCluster;
afterEach(() => cluster.close());

/** Runs a job with a checkpoint every few milliseconds over numbers that come one by one until all of these have been called; answers when it has ended. */
async function run(journal: Journal, kinds: readonly string[], build: (numbers: DataStream<number>) => void): Promise<string> {
  const configuration = configurationOf({ 'execution.checkpointing.interval': '15 ms' });
  cluster = MiniCluster.start({ configuration, workers: false });
  let result: Promise<{ readonly status: string }> | undefined;
  await withPipelineExecutor({ configuration, execute: async (program) => {
    const job = await cluster.submit(program);
    result = job.result;
    return jobClientOf(job);
  } }, async () => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.getConfig().setAutoWatermarkInterval(5);
    const numbers: SourceFunction<number> = {
      async run(context) {
        for (let n = 0; n < 50 || kinds.some((kind) => !journal.calls.includes(kind)); n++) {
          await context.collect(n);
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      },
      cancel() {},
    };
    build(env.addSource(numbers).assignTimestampsAndWatermarks(WatermarkStrategy.forMonotonousTimestamps<number>().withTimestampAssigner((n) => n)));
    await env.executeAsync('life');
  });
  return (await result!).status;
}

/** Says what is called, and what while something else had not returned. */
class Journal {
  readonly calls: string[] = [];
  readonly overlaps: string[] = [];
  private inside: string | undefined;

  enter(call: string): void {
    this.calls.push(call);
    if (this.inside !== undefined) this.overlaps.push(`${call} in ${this.inside}`);
    this.inside = call;
  }
  leave(): void {
    this.inside = undefined;
  }
  during(call: string): void {
    this.enter(call);
    this.leave();
  }
  async slowly(call: string): Promise<void> {
    this.enter(call);
    await new Promise((resolve) => setTimeout(resolve, 5));
    this.leave();
  }
}

/** Sets a timer of either kind with each number. */
class Living extends KeyedProcessFunction<number, number, number> {
  constructor(private readonly journal: Journal) {
    super();
  }
  async initializeState(): Promise<void> {
    await this.journal.slowly('initializeState');
  }
  override async open(): Promise<void> {
    await this.journal.slowly('open');
  }
  processElement(n: number, context: KeyedProcessContext<number>, out: Collector<number>): void {
    this.journal.enter('processElement');
    context.timerService().registerProcessingTimeTimer(context.timerService().currentProcessingTime() + (n % 7));
    context.timerService().registerEventTimeTimer(n + 1);
    out.collect(n);
    this.journal.leave();
  }
  override onTimer(_time: number, context: { timeDomain(): string }): void {
    this.journal.during(`onTimer ${context.timeDomain()}`);
  }
  async snapshotState(): Promise<void> {
    await this.journal.slowly('snapshotState');
  }
  async notifyCheckpointComplete(): Promise<void> {
    await this.journal.slowly('notifyCheckpointComplete');
  }
  override async close(): Promise<void> {
    await this.journal.slowly('close');
  }
}

/** An operator of a program's own that notes what it is called for. */
function noting(journal: Journal): OperatorDefinition<number> {
  return {
    instantiate({ output }) {
      journal.during('setup');
      return {
        inputs: [(n: number, timestamp: number) => {
          journal.during('processElement');
          output.emit(n, timestamp);
        }],
        open: () => journal.during('open'),
        watermark: (timestamp) => {
          journal.during('processWatermark');
          output.watermark(timestamp);
        },
        snapshotState: () => journal.slowly('snapshotState'),
        notifyCheckpointComplete: () => journal.slowly('notifyCheckpointComplete'),
        endInput: () => journal.during('endInput'),
        finish: () => journal.during('finish'),
        close: () => journal.during('close'),
      };
    },
  };
}

const KINDS = ['processElement', 'onTimer EVENT_TIME', 'onTimer PROCESSING_TIME', 'snapshotState', 'notifyCheckpointComplete'];

describe('the life of an operator', () => {
  it('is set-up, open, then records, watermarks and snapshots, then the end of the input, finish, the last snapshot and the notice of it, and close', async () => {
    const journal = new Journal();
    const kinds = ['processElement', 'processWatermark', 'snapshotState', 'notifyCheckpointComplete'];
    expect(await run(journal, kinds, (numbers) => void numbers.transform('noting', noting(journal)).sinkTo(new DiscardingSink()))).toBe('FINISHED');
    expect(journal.calls.join(' ')).toMatch(/^setup open ((processElement|processWatermark|snapshotState|notifyCheckpointComplete) )+endInput finish (snapshotState |notifyCheckpointComplete )*snapshotState notifyCheckpointComplete close$/);
    expect(new Set(journal.calls.slice(2, journal.calls.indexOf('endInput')))).toEqual(new Set(kinds));
  });

  it('is for a function: its state, open, records, timers and snapshots, the last snapshot and its notice, close', async () => {
    const journal = new Journal();
    expect(await run(journal, KINDS, (numbers) => void numbers.keyBy((n) => n % 3).process(new Living(journal)).sinkTo(new DiscardingSink()))).toBe('FINISHED');
    expect(journal.calls.join(' ')).toMatch(/^initializeState open ((processElement|onTimer \w+|snapshotState|notifyCheckpointComplete) )+snapshotState notifyCheckpointComplete close$/);
  });

  it('runs in one thread: no call of a function begins while another has not returned or, where it answers a promise, not settled', async () => {
    const journal = new Journal();
    await run(journal, KINDS, (numbers) => void numbers.keyBy((n) => n % 3).process(new Living(journal)).sinkTo(new DiscardingSink()));
    expect(KINDS.filter((kind) => !journal.calls.includes(kind))).toEqual([]);
    expect(journal.overlaps).toEqual([]);
  });
});
