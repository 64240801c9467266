// The work of bench/jobs/windows.ts, count, as a loop: a sum and a count for each key in a Map.
import { event } from '../events.js';

const SIZE = 100;
const [records, keys, perMs] = process.argv.slice(2).map(Number);
const began = performance.now();
const windows = new Map();
let results = 0;
let total = 0;
for (let number = 1; number <= records; number++) {
  const record = event(number, keys, perMs);
  const window = windows.get(record.key);
  if (window === undefined) {
    windows.set(record.key, { first: record, amount: record.amount, count: 1 });
    continue;
  }
  window.amount += record.amount;
  if (++window.count < SIZE) continue;
  emit({ key: window.first.key, at: window.first.at, amount: window.amount });
  windows.delete(record.key);
}
console.log(JSON.stringify({ ms: performance.now() - began, results, total }));

function emit({ amount }) {
  results++;
  total += amount;
}
