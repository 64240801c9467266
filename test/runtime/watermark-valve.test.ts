import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '../../src/core/timestamp.js';
import { WatermarkValve } from '../../src/runtime/watermark-valve.js';

type Out = number | 'idle' | 'active';

function valve(channels: number): { valve: WatermarkValve; out: Out[] } {
  const out: Out[] = [];
  return { valve: new WatermarkValve(channels, { watermark: (timestamp) => out.push(timestamp), idle: (idle) => out.push(idle ? 'idle' : 'active') }), out };
}

describe('WatermarkValve', () => {
  it('lets through the minimum over its channels, once every channel has sent one', () => {
    const { valve: merged, out } = valve(2);
    merged.watermark(0, 10);
    expect(out).toEqual([]);
    merged.watermark(1, 7);
    merged.watermark(1, 12);
    expect(out).toEqual([7, 10]);
  });

  it('ignores watermarks that do not rise', () => {
    const { valve: merged, out } = valve(1);
    merged.watermark(0, 5);
    merged.watermark(0, 5);
    merged.watermark(0, 3);
    expect(out).toEqual([5]);
  });

  it('advances at once when the channel that held it back goes idle', () => {
    const { valve: merged, out } = valve(2);
    merged.watermark(0, 10);
    merged.watermark(1, 4);
    merged.idle(1, true);
    expect(out).toEqual([4, 10]);
  });

  it('does not advance when an idle channel was not the one that held it back', () => {
    const { valve: merged, out } = valve(3);
    merged.watermark(0, 4);
    merged.watermark(1, 8);
    merged.watermark(2, 9);
    merged.idle(1, true);
    expect(out).toEqual([4]);
  });

  it('emits the largest watermark before it goes idle as a whole', () => {
    const { valve: merged, out } = valve(2);
    merged.watermark(0, 3);
    merged.watermark(1, 9);
    merged.idle(0, true);
    merged.idle(1, true);
    expect(out).toEqual([3, 9, 'idle']);
    const late = valve(2);
    late.valve.watermark(1, 6);
    late.valve.idle(1, true);
    late.valve.idle(0, true);
    expect(late.out).toEqual([6, 'idle']);
  });

  it('ignores watermarks of idle channels', () => {
    const { valve: merged, out } = valve(2);
    merged.idle(0, true);
    merged.watermark(0, 100);
    merged.watermark(1, 5);
    expect(out).toEqual([5]);
  });

  it('does not let a resumed channel that is behind hold it back until it has caught up', () => {
    const { valve: merged, out } = valve(2);
    merged.watermark(0, 3);
    merged.watermark(1, 10);
    merged.idle(0, true);
    merged.idle(0, false);
    merged.watermark(0, 5);
    merged.watermark(1, 12);
    merged.watermark(0, 12);
    merged.watermark(1, 20);
    merged.watermark(0, 15);
    expect(out).toEqual([3, 10, 12, 15]);
  });

  it('announces that it is active again with the first channel that resumes', () => {
    const { valve: merged, out } = valve(2);
    merged.idle(0, true);
    merged.idle(1, true);
    merged.idle(1, false);
    merged.idle(0, false);
    expect(out).toEqual(['idle', 'active']);
  });

  it('of one channel forgets nothing while that is idle, and goes on with what comes afterwards', () => {
    const { valve: merged, out } = valve(1);
    merged.watermark(0, 25);
    merged.idle(0, true);
    merged.watermark(0, 50);
    merged.idle(0, false);
    expect(out).toEqual([25, 'idle', 'active']);
    merged.watermark(0, 50);
    expect(out).toEqual([25, 'idle', 'active', 50]);
  });

  it('hears nothing new from a status that a channel has already', () => {
    const { valve: merged, out } = valve(2);
    merged.idle(0, false);
    merged.idle(0, true);
    merged.idle(0, true);
    merged.idle(1, true);
    merged.idle(1, true);
    merged.idle(0, false);
    merged.idle(0, false);
    expect(out).toEqual(['idle', 'active']);
  });

  it('takes the minimum over the channels that are not idle, one going idle after the other', () => {
    const { valve: merged, out } = valve(3);
    merged.watermark(0, 25);
    merged.watermark(1, 10);
    merged.watermark(2, 17);
    merged.idle(1, true);
    merged.idle(0, true);
    expect(out).toEqual([10, 17]);
    merged.idle(2, true);
    expect(out).toEqual([10, 17, 25, 'idle']);
  });

  it('of which one channel has been idle from the start does not wait for it', () => {
    const { valve: merged, out } = valve(3);
    merged.watermark(0, 15);
    merged.watermark(1, 10);
    merged.idle(2, true);
    merged.watermark(1, 18);
    merged.idle(0, true);
    expect(out).toEqual([10, 15, 18]);
  });

  it('lets through nothing, and never the end, while no channel that is active has caught up', () => {
    const { valve: merged, out } = valve(3);
    for (const [channel, time] of [[0, 10], [1, 20], [2, 5]] as const) merged.watermark(channel, time);
    merged.idle(2, true);
    merged.idle(0, true);
    expect(out).toEqual([5, 10, 20]);
    merged.idle(2, false);
    merged.idle(1, true);
    expect(out).toEqual([5, 10, 20]);
    merged.watermark(2, 19);
    expect(out).toEqual([5, 10, 20]);
    merged.watermark(2, 21);
    expect(out).toEqual([5, 10, 20, 21]);
  });

  it('advances by a channel that resumes ahead of it and is the only one to wait for', () => {
    const { valve: merged, out } = valve(2);
    merged.watermark(0, 30);
    merged.idle(0, true);
    merged.watermark(1, 10);
    expect(out).toEqual([10]);
    merged.idle(0, false);
    merged.idle(1, true);
    expect(out).toEqual([10, 30]);
  });

  it('waits again for a channel that has resumed and caught up', () => {
    const { valve: merged, out } = valve(2);
    merged.watermark(0, 10);
    merged.idle(1, true);
    merged.idle(1, false);
    merged.watermark(1, 12);
    merged.watermark(0, 20);
    expect(out).toEqual([10, 12]);
  });

  it('does not let an idle channel hold back the end of the others', () => {
    const { valve: merged, out } = valve(2);
    merged.idle(0, true);
    merged.watermark(1, MAX_TIMESTAMP);
    expect(out).toEqual([MAX_TIMESTAMP]);
  });

  it('passes the end of all input on as the largest watermark', () => {
    const { valve: merged, out } = valve(2);
    merged.watermark(0, MAX_TIMESTAMP);
    merged.watermark(1, MAX_TIMESTAMP);
    expect(out).toEqual([MAX_TIMESTAMP]);
  });

  // What each step makes come out stands behind it: `0:5>5` is a watermark of 5 on channel 0, which lets 5 through.
  it.each([
    ['takes from a channel only watermarks that rise: a lower one is as if it had not come', 2, '0:10 1:5>5 0:7 1:12>10'],
    ['is blocked by a channel that never sent a watermark', 2, '0:10 0:20 1:1>1'],
    ['does not even remember watermarks of an idle channel', 2, '0:5 1:5>5 0:idle 0:100 0:active 1:50 0:20>20'],
    ['does not even remember watermarks that come while it is idle as a whole', 2, '0:5 1:5>5 0:idle 1:idle>idle 0:100 1:100 0:active>active 0:9>9'],
    ['waits at once for a channel that resumes with a watermark no lower than the last output', 2, '0:5 1:5>5 0:idle 0:active 1:8 0:6>6 1:9 0:9>9'],
    ['records what a channel sends that resumed behind, and does not wait for it until it has reached the last output', 2, '0:3 1:10>3 0:idle>10 0:active 0:5 1:12>12 0:11 1:13>13 0:13 1:20 0:15>15'],
    ['emits the minimum of the others when the channel at the last output goes idle, and nothing when another does', 3, '0:4 1:8 2:9>4 1:idle 0:idle>9'],
    ['advances as soon as a channel resumes that is ahead and the only one to wait for', 3, '0:20 1:10 2:10>10 0:idle 1:idle 2:15>15 1:active 2:idle 0:active>20'],
    ['gives the largest watermark of all channels, if that is larger than the last output, and then goes idle', 2, '0:3 1:9>3 1:idle 0:idle>9,idle'],
    ['gives nothing before it goes idle when no channel is ahead', 2, '0:7 1:7>7 0:idle 1:idle>idle'],
    ['goes on behind the end of a channel, which sent the largest watermark', 2, '0:end 1:5>5 1:end>end'],
  ])('%s', (_, channels, script) => {
    const { valve: merged, out } = valve(channels);
    for (const step of script.split(' ')) {
      const [input, expected = ''] = step.split('>') as [string, string?];
      const [channel, what] = input.split(':') as [string, string];
      if (what === 'idle' || what === 'active') merged.idle(Number(channel), what === 'idle');
      else merged.watermark(Number(channel), what === 'end' ? MAX_TIMESTAMP : Number(what));
      expect(`${input}>${out.splice(0).map((each) => (each === MAX_TIMESTAMP ? 'end' : each)).join()}`).toBe(`${input}>${expected}`);
    }
  });

  it('never goes back and never overtakes a channel that is active and caught up', () => {
    const action = fc.record({ channel: fc.nat(2), time: fc.nat(50), kind: fc.constantFrom('watermark', 'watermark', 'idle', 'active') });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const { valve: merged, out } = valve(3);
        const highest = [MIN_TIMESTAMP, MIN_TIMESTAMP, MIN_TIMESTAMP];
        const idle = [false, false, false];
        for (const { channel, time, kind } of actions) {
          if (kind === 'watermark') {
            if (!idle[channel]) highest[channel] = Math.max(highest[channel]!, time);
            merged.watermark(channel, time);
          } else {
            idle[channel] = kind === 'idle';
            merged.idle(channel, idle[channel]);
          }
          expect(merged.current).toBeLessThanOrEqual(Math.max(...highest));
          if (idle.every((each) => !each) && highest.every((each) => each >= merged.current)) {
            expect(merged.current).toBeLessThanOrEqual(Math.min(...highest));
          }
        }
        const watermarks = out.filter((each) => typeof each === 'number');
        expect(watermarks).toEqual([...watermarks].sort((a, b) => a - b));
        expect(new Set(watermarks).size).toBe(watermarks.length);
      }),
    );
  });
});
