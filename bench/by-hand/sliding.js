// The work of bench/jobs/windows.ts, sliding, as a loop: a Map of sums for each second, of which ten make a window.
import { event, LATE_MS, WATERMARK_EVERY } from '../events.js';

const [SIZE, SLIDE] = [10_000, 1_000];
const [records, keys, perMs] = process.argv.slice(2).map(Number);
const began = performance.now();
const panes = new Map();
let latest = -Infinity;
/** The start of the next window to fire. */
let next;
let results = 0;
let total = 0;
for (let number = 1; number <= records; number++) {
  const record = event(number, keys, perMs);
  const start = record.at - (record.at % SLIDE);
  let pane = panes.get(start);
  if (pane === undefined) {
    panes.set(start, (pane = new Map()));
    if (!(start - SIZE + SLIDE >= next)) next = start - SIZE + SLIDE;
  }
  const before = pane.get(record.key);
  if (before === undefined) pane.set(record.key, { first: record, amount: record.amount });
  else before.amount += record.amount;
  if (record.at > latest) latest = record.at;
  if (number % WATERMARK_EVERY === 0) advance(latest - LATE_MS - 1);
}
advance(Infinity);
console.log(JSON.stringify({ ms: performance.now() - began, results, total }));

function advance(watermark) {
  for (; panes.size > 0 && next + SIZE - 1 <= watermark; next += SLIDE) {
    const sums = new Map();
    for (let start = next; start < next + SIZE; start += SLIDE) {
      const pane = panes.get(start);
      if (pane === undefined) continue;
      for (const [key, { first, amount }] of pane) {
        const sum = sums.get(key);
        if (sum === undefined) sums.set(key, { key, at: first.at, amount });
        else sum.amount += amount;
      }
    }
    for (const sum of sums.values()) emit(sum);
    panes.delete(next);
  }
}

function emit({ amount }) {
  results++;
  total += amount;
}
