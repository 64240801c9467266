import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderSnapshot, shortNumber } from '../../src/client/live-view.js';
import { metrics, snapshot, vertex } from './fake-job.js';

const source = (sent: number, held: number, at: number) => vertex('a', 'Source: Text file -> Flat Map', [metrics(0, { recordsOut: sent, busyMs: at - held, backPressuredMs: held })]);
const counter = (received: number, at: number) =>
  vertex('b', 'Keyed Aggregation -> Sink: Print', [0, 1].map((subtask) => metrics(subtask, { recordsIn: received / 2, recordsOut: received / 2, busyMs: at / 4, idleMs: (at * 3) / 4 })), { inputs: ['a'] });
const before = snapshot([source(1_000, 0, 1000), counter(1_000, 1000)], { durationMs: 1000 });
const now = snapshot([source(2_469_000, 400, 2000), counter(2_000, 2000)], { durationMs: 2000 });

describe('the live view', () => {
  it('tells of restarts, after which counting begins anew', () => {
    const restarted = { ...snapshot([source(10, 0, 500)]), restarts: 2, status: 'RUNNING' as const, durationMs: 3000 };
    const [head, , row] = renderSnapshot(now, restarted, 120).split('\n');
    expect(head).toBe('WordCount  RUNNING  3 s  restarted 2 times');
    expect(row).not.toContain('-2');
    expect(renderSnapshot(undefined, { ...restarted, restarts: 1 }, 120)).toContain('restarted once');
  });

  it('shows a row a task, with rates and shares of the time since the picture before', () => {
    expect(renderSnapshot(before, now, 120)).toBe(
      [
        'WordCount  RUNNING  2 s',
        '  Vertex                            State       Par     In/s    Out/s   Busy  Back pressure',
        '  Source: Text file -> Flat Map     RUNNING       1        -    2.47M    60%  ████░░░░░░ 40%',
        '  Keyed Aggregation -> Sink: Print  RUNNING       2       1k       1k    25%  ░░░░░░░░░░ 0%',
      ].join('\n'),
    );
  });

  it('takes the whole run when there is no picture before', () => {
    expect(renderSnapshot(undefined, now, 120)).toContain('1.23M');
  });

  it('drops the last columns and shortens names where it is narrow', () => {
    expect(renderSnapshot(before, now, 50)).toBe(
      [
        'WordCount  RUNNING  2 s',
        '  Vertex                  State       Par     In/s',
        '  Source: Text file -> …  RUNNING       1        -',
        '  Keyed Aggregation -> …  RUNNING       2       1k',
      ].join('\n'),
    );
  });

  it('never writes past the width', () => {
    fc.assert(
      fc.property(fc.integer({ min: 24, max: 200 }), fc.array(fc.string({ minLength: 1, maxLength: 80 }), { maxLength: 4 }), (width, names) => {
        const picture = renderSnapshot(undefined, snapshot(names.map((name, at) => vertex(String(at), name.replace(/\s/g, '_'), [metrics(0)]))), width);
        for (const line of picture.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe('a short number', () => {
  it.each([[0, '0'], [999.4, '999'], [1000, '1k'], [12_345, '12.3k'], [999_499, '999k'], [999_600, '1M'], [2_468_000, '2.47M'], [1.5e9, '1.5G'], [-3, '0']])('%d is %s', (value, shown) =>
    expect(shortNumber(value)).toBe(shown),
  );
});
