/**
 * A running count a key kept in a ValueState, watched for stalls: every 100 ms it notes the longest time that the job
 * stood still, how many records it has seen and how much of the processors it has used.
 *
 * Arguments: records, keys, how many of the keys change once all are there, and `leave` to fail when two checkpoints of
 * all keys are complete, so that the last of them can be restored.
 */
import { readFileSync } from 'node:fs';
import { DiscardingSink, KeyedProcessFunction, ListAccumulator, StreamExecutionEnvironment, ValueStateDescriptor } from 'flink-ts';
import type { Collector, KeyedProcessContext, ValueState } from 'flink-ts';

interface Hit {
  key: string;
  count: number;
}

/** What reports hold every so often: `bench/figures.js` reads it. */
interface Moment {
  seen: number;
  /** Since the first moment of the function's life. */
  ms: number;
  /** Of the whole process. */
  cpuMs: number;
  /** The longest time between two looks since the moment before. */
  longestGapMs: number;
  /** Without what the thread waited for a processor that others had, where the system says. */
  longestOwnGapMs: number;
  /** Whether a checkpoint was being written, from the one moment to the next; missing where one began or ended between them. */
  writing?: boolean;
}

const [records, keys, touched] = process.argv.slice(2).map(Number);
const leave = process.argv[5] === 'leave';

const MOMENT_MS = 100;
/** Records between two looks at the clock, less one. */
const LOOK_MASK = 63;
/** Shorter gaps are not looked into. */
const GAP_MS = 1;

/** How long this thread has waited for a processor, in milliseconds; 0 where the system does not say. */
function waitedMs(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}

class Count extends KeyedProcessFunction<string, Hit, number> {
  private count!: ValueState<number>;
  private readonly moments = new ListAccumulator<Moment>();
  private readonly firstRecord = new ListAccumulator<number>();
  private seen = 0;
  private began = 0;
  private lastLook = 0;
  private longestGap = 0;
  private longestOwnGap = 0;
  private waited = 0;
  private nextMoment = 0;
  private completed = 0;
  private writing = false;
  private changed = false;

  override open(): void {
    const context = this.getRuntimeContext();
    this.count = context.getState(new ValueStateDescriptor('count', 0));
    context.addAccumulator('moments', this.moments);
    context.addAccumulator('firstRecordAfterMs', this.firstRecord);
  }

  processElement(hit: Hit, _context: KeyedProcessContext<string>, out: Collector<number>): void {
    if ((this.seen++ & LOOK_MASK) === 0) this.look(performance.now());
    const count = (this.count.value() ?? 0) + hit.count;
    this.count.update(count);
    out.collect(count);
  }

  initializeState(): void {}

  snapshotState(): void {
    this.writing = this.changed = true;
  }

  notifyCheckpointComplete(): void {
    this.writing = false;
    this.changed = true;
    if (this.seen > keys!) this.completed += 1;
  }

  private look(now: number): void {
    if (this.seen === 1) {
      this.firstRecord.add(process.uptime() * 1000);
      this.began = this.lastLook = now;
    }
    const gap = now - this.lastLook;
    if (gap > this.longestGap) this.longestGap = gap;
    if (gap > GAP_MS) {
      const waited = waitedMs();
      this.longestOwnGap = Math.max(this.longestOwnGap, gap - (waited - this.waited));
      this.waited = waited;
    }
    this.lastLook = now;
    if (now < this.nextMoment) return;
    const { user, system } = process.cpuUsage();
    this.moments.add({ seen: this.seen, ms: now - this.began, cpuMs: (user + system) / 1000, longestGapMs: this.longestGap, longestOwnGapMs: Math.max(this.longestOwnGap, Math.min(this.longestGap, GAP_MS)), ...(!this.changed && { writing: this.writing }) });
    this.changed = false;
    this.longestGap = this.longestOwnGap = 0;
    this.waited = waitedMs();
    this.nextMoment = now + MOMENT_MS;
    // The first of them may have been taken before the last key was there.
    if (leave && this.completed >= 2) throw new Error('left in the middle, as asked for');
  }
}

const env = StreamExecutionEnvironment.getExecutionEnvironment();
env
  .fromSequence(0, records! - 1)
  .map((number) => ({ key: `key-${number < keys! ? number : (Math.imul(number, 0x9e3779b1) >>> 0) % touched!}`, count: 1 }))
  .keyBy(({ key }) => key)
  .process(Count)
  .sinkTo(new DiscardingSink());
await env.execute('checkpointed state');
