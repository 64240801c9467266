/**
 * Whatever the order in which answers come, whatever comes between the records and however many may be in flight.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Service, turnOfTheLoop, waiting } from './service.js';
import { sharedKernels } from '../../../src/operators/specialise.js';

/** A record, or the watermark that the records so far allow. */
const inputs = fc.array(fc.oneof({ weight: 4, arbitrary: fc.constant('record' as const) }, { weight: 1, arbitrary: fc.constant('watermark' as const) }), { maxLength: 40 });
const scenario = fc.record({
  inputs,
  capacity: fc.integer({ min: 1, max: 6 }),
  /** Whether the source takes notice of the gate; one that makes many records of one does not. */
  obedient: fc.boolean(),
  /** Which of the open questions is answered next, and whether another input comes first. */
  choices: fc.infiniteStream(fc.nat()),
  /** How many results each record has. */
  results: fc.infiniteStream(fc.integer({ min: 0, max: 2 })),
});

/** Runs a scenario; answers what left, and what a map in the place of the calls would have emitted. */
async function run(order: 'ordered' | 'unordered', { inputs, capacity, obedient, choices, results }: Awaited<typeof scenario extends fc.Arbitrary<infer S> ? S : never>): Promise<{ left: unknown[]; mapped: unknown[] }> {
  const service = new Service();
  const { harness, left } = await waiting(service.ask, sharedKernels, { order, capacity });
  const answers = new Map<string, string[]>();
  const mapped: unknown[] = [];
  const waitingInputs = [...inputs];
  const open = new Set<string>();
  let asked = 0;
  for (let at = 0; waitingInputs.length > 0 || open.size > 0; ) {
    const choice = choices.next().value;
    if (waitingInputs.length > 0 && (open.size === 0 || choice % 2 === 0) && !(obedient && harness.held)) {
      const input = waitingInputs.shift();
      at += 1;
      if (input === 'watermark') {
        harness.watermark(at);
        if (mapped.at(-1) !== undefined && String(mapped.at(-1)).startsWith('wm')) mapped.pop();
        mapped.push(`wm ${at}`);
      } else {
        const answer = Array.from({ length: results.next().value }, (_, copy) => `${at}.${copy}`);
        answers.set(String(at), answer);
        mapped.push(...answer);
        harness.push(String(at), at);
      }
    } else if (open.size > 0) {
      const value = [...open][choice % open.size]!;
      open.delete(value);
      await service.answer(value, answers.get(value));
    }
    for (const value of service.asked.slice(asked)) open.add(value);
    asked = service.asked.length;
    expect(service.inFlight).toBeLessThanOrEqual(capacity);
  }
  await turnOfTheLoop();
  await harness.operator.finish?.();
  return { left: withoutRepeats(left), mapped: withoutRepeats(mapped) };
}

/** Of watermarks directly behind one another only the last counts. */
function withoutRepeats(events: readonly unknown[]): unknown[] {
  return events.filter((event, at) => !isWatermark(event) || !isWatermark(events[at + 1]));
}

function isWatermark(event: unknown): boolean {
  return String(event).startsWith('wm');
}

/** What left between two watermarks, in an order of its own. */
function segments(events: readonly unknown[]): unknown[][] {
  const found: unknown[][] = [[]];
  for (const event of events) {
    if (isWatermark(event)) found.push([event], []);
    else found.at(-1)!.push(event);
  }
  return found.map((segment) => segment.sort());
}

it('ordered results are those of a map, for every order of completion', async () => {
  await fc.assert(fc.asyncProperty(scenario, async (given) => {
    const { left, mapped } = await run('ordered', given);
    expect(left).toEqual(mapped);
  }), { numRuns: 300 });
});

it('unordered results between two watermarks are those of a map in any order, for every order of completion', async () => {
  await fc.assert(fc.asyncProperty(scenario, async (given) => {
    const { left, mapped } = await run('unordered', given);
    expect(segments(left)).toEqual(segments(mapped));
  }), { numRuns: 300 });
});
