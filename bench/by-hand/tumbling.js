// The work of bench/jobs/windows.ts, tumbling, as a loop: a Map of sums for each window, dropped when it has fired.
import { event, LATE_MS, WATERMARK_EVERY } from '../events.js';

const SIZE = 10_000;
const [records, keys, perMs] = process.argv.slice(2).map(Number);
const began = performance.now();
const windows = new Map();
let latest = -Infinity;
let results = 0;
let total = 0;
for (let number = 1; number <= records; number++) {
  const record = event(number, keys, perMs);
  const start = record.at - (record.at % SIZE);
  let window = windows.get(start);
  if (window === undefined) windows.set(start, (window = new Map()));
  const before = window.get(record.key);
  if (before === undefined) window.set(record.key, { first: record, amount: record.amount });
  else before.amount += record.amount;
  if (record.at > latest) latest = record.at;
  if (number % WATERMARK_EVERY === 0) advance(latest - LATE_MS - 1);
}
advance(Infinity);
console.log(JSON.stringify({ ms: performance.now() - began, results, total }));

function advance(watermark) {
  for (const [start, window] of windows) {
    if (start + SIZE - 1 > watermark) continue;
    for (const { first, amount } of window.values()) emit({ key: first.key, at: first.at, amount });
    windows.delete(start);
  }
}

function emit({ amount }) {
  results++;
  total += amount;
}
