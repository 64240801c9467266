/** How the subtasks of a vertex spend their time, in Flink's levels. */
import { expect, it } from 'vitest';
import type { JobRecord } from '../../src/rest/job-record.js';
import { backPressureOf } from '../../src/rest/vertex-details.js';

type Rates = readonly [backPressuredMs: number, idleMs: number, busyMs: number];

/** @param rates of each subtask; undefined where it has not run. */
function told(rates: readonly (Rates | undefined)[]) {
  const subtasks = rates.map((given, subtask) => ({ subtask, attempt: 0, timestamps: given ? { RUNNING: 1 } : {} }));
  const of = (_: string, { subtask }: { subtask: number }): object => {
    const [backPressuredMs, idleMs, busyMs] = rates[subtask]!;
    return { backPressuredMs, idleMs, busyMs };
  };
  return backPressureOf({ vertex: () => ({ id: 'v', subtasks }), rates: { of }, clock: { now: () => 7 } } as unknown as JobRecord, 'v');
}

it('is high above half of the time, low above a tenth, and that of the worst subtask is that of the vertex; one that has not run is left out', () => {
  expect(told([[1_000, 0, 0], [500, 100, 900], undefined, [100, 200, 700]])).toEqual({
    status: 'ok', backpressureLevel: 'high', 'backpressure-level': 'high', 'end-timestamp': 7,
    subtasks: ([[0, 'high', 1, 0, 0], [1, 'low', 0.5, 0.1, 0.9], [3, 'ok', 0.1, 0.2, 0.7]] as const).map(([subtask, level, ratio, idleRatio, busyRatio]) => (
      { subtask, 'attempt-number': 0, backpressureLevel: level, 'backpressure-level': level, ratio, idleRatio, busyRatio }
    )),
  });
});

it('is unknown while nothing has run', () => expect(told([undefined, undefined])).toEqual({ status: 'deprecated' }));
