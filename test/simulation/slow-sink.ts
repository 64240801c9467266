/**
 * A sink that writes now at once, now after a while, and keeps what it was given until it is flushed.
 *
 * It counts what it wrote in an accumulator, and holds the runtime to the sink contract.
 */
import type { Sink, SinkWriter, SinkWriterContext } from '../../src/operators/sink.js';
import { IntCounter } from '../../src/operators/accumulator.js';
import { type Step, stepName } from './random-job.js';
import { type Rec, textOf } from './records.js';
import type { SimulatedThread } from './scheduler.js';
import type { World } from './world.js';

export function slowSink(world: World, step: Step, thread: SimulatedThread): Sink<Rec> {
  return { createWriter: (context) => new SlowWriter(world, step, thread, context) };
}

class SlowWriter implements SinkWriter<Rec> {
  private readonly counter = new IntCounter();
  private readonly kept: Rec[] = [];
  private readonly slowness: number;
  private pending = false;
  private closed = false;

  constructor(private readonly world: World, private readonly step: Step, private readonly thread: SimulatedThread, { runtime }: SinkWriterContext) {
    runtime.addAccumulator(stepName(step), this.counter);
    this.slowness = world.scheduler.pick([0, 0, 0.05, 0.5]);
  }

  write(rec: Rec): void | Promise<void> {
    this.expect(!this.closed, 'was written to after it was closed');
    this.expect(!this.pending, 'was written to while it was writing');
    this.world.strike(this.step, 'record');
    this.kept.push(rec);
    if (this.world.scheduler.chance(this.slowness)) return this.later('write', () => {});
  }

  flush(): void | Promise<void> {
    this.expect(!this.closed, 'was flushed after it was closed');
    this.expect(!this.pending, 'was flushed while it was writing');
    if (!this.world.scheduler.chance(this.slowness)) return this.handOver();
    return this.later('flush', () => this.handOver());
  }

  close(): void {
    this.expect(!this.closed, 'was closed twice');
    this.closed = true;
  }

  private async later(place: 'write' | 'flush', then: () => void): Promise<void> {
    this.pending = true;
    await new Promise<void>((resolve) => this.thread.clock.schedule(this.world.scheduler.random.next() * 5, resolve));
    this.pending = false;
    this.world.strike(this.step, place);
    then();
  }

  private handOver(): void {
    for (const rec of this.kept.splice(0)) {
      this.world.write(this.step.id, textOf(rec));
      this.counter.add(1);
    }
  }

  private expect(holds: boolean, otherwise: string): void {
    if (!holds && this.thread.alive) this.world.scheduler.violated(`the writer of ${stepName(this.step)} ${otherwise}`);
  }
}
