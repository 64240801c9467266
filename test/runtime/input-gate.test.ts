import { describe, expect, it } from 'vitest';
import { isBatch, type OutputChannel } from '../../src/runtime/exchange/channel.js';
import { openLocalChannel } from '../../src/runtime/exchange/local-channel.js';
import { InputGate } from '../../src/runtime/input-gate.js';
import { batchOf, valuesOf } from './exchange/records.js';

function gateOf(channels: number): { gate: InputGate; senders: OutputChannel[]; events: string[] } {
  const ends = Array.from({ length: channels }, () => openLocalChannel(2));
  const events: string[] = [];
  const gate = new InputGate(ends.map((end) => end.input), {
    watermark: (timestamp) => events.push(`watermark ${timestamp}`),
    idle: (idle) => events.push(`idle ${idle}`),
  });
  return { gate, senders: ends.map((end) => end.output), events };
}

function take(gate: InputGate): unknown[] | undefined {
  const batch = gate.poll();
  return batch && valuesOf(batch);
}

describe('the gate of an input', () => {
  it('takes its channels in turn', () => {
    const { gate, senders } = gateOf(2);
    senders[0]!.send(batchOf(['a1']));
    senders[0]!.send(batchOf(['a2']));
    senders[1]!.send(batchOf(['b1']));
    expect([take(gate), take(gate), take(gate), take(gate)]).toEqual([['a1'], ['b1'], ['a2'], undefined]);
  });

  it('handles the events in front of a batch before it gives the batch', () => {
    const { gate, senders, events } = gateOf(1);
    senders[0]!.sendEvent({ type: 'watermark', timestamp: 5 });
    senders[0]!.sendEvent({ type: 'watermark', timestamp: 7 });
    senders[0]!.send(batchOf(['a']));
    senders[0]!.sendEvent({ type: 'watermark', timestamp: 9 });
    expect(take(gate)).toEqual(['a']);
    expect(events).toEqual(['watermark 5', 'watermark 7']);
  });

  it('agrees on the smallest watermark of its channels', () => {
    const { gate, senders, events } = gateOf(2);
    senders[0]!.sendEvent({ type: 'watermark', timestamp: 5 });
    gate.poll();
    expect(events).toEqual([]);
    senders[1]!.sendEvent({ type: 'watermark', timestamp: 3 });
    gate.poll();
    expect(events).toEqual(['watermark 3']);
  });

  it('leaves out channels that are idle, and is idle when all of them are', () => {
    const { gate, senders, events } = gateOf(2);
    senders[0]!.sendEvent({ type: 'watermark', timestamp: 5 });
    senders[1]!.sendEvent({ type: 'idle', idle: true });
    gate.poll();
    senders[0]!.sendEvent({ type: 'idle', idle: true });
    gate.poll();
    expect(events).toEqual(['watermark 5', 'idle true']);
  });

  it('has ended when every channel has', () => {
    const { gate, senders } = gateOf(2);
    senders[0]!.sendEvent({ type: 'end-of-partition' });
    gate.poll();
    expect(gate.finished).toBe(false);
    senders[1]!.send(batchOf(['last']));
    senders[1]!.sendEvent({ type: 'end-of-partition' });
    expect(take(gate)).toEqual(['last']);
    expect(gate.finished).toBe(false);
    expect([gate.ready, take(gate), gate.finished, gate.ready]).toEqual([true, undefined, true, false]);
  });

  it('is ready when a channel that is open has something', () => {
    const { gate, senders } = gateOf(2);
    expect(gate.ready).toBe(false);
    senders[1]!.sendEvent({ type: 'end-of-data', drain: true });
    expect(gate.ready).toBe(true);
    gate.poll();
    expect(gate.ready).toBe(false);
  });

  it('throws away what is still sent once it is closed', () => {
    const { gate, senders } = gateOf(1);
    gate.close();
    senders[0]!.send(batchOf(['a']));
    expect([senders[0]!.writable, gate.ready]).toEqual([true, false]);
  });

  it('tells batches from events by their columns', () => {
    expect([isBatch(batchOf([])), isBatch({ type: 'end-of-partition' })]).toEqual([true, false]);
  });
});
