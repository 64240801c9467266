// The work of bench/jobs/window-join.ts as a loop: two lists for each window and key.
import { event, LATE_MS, WATERMARK_EVERY } from '../events.js';

const SIZE = 1_000;
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
  let both = window.get(record.key);
  if (both === undefined) window.set(record.key, (both = { left: [], right: [] }));
  if (record.amount % 2 === 0) both.left.push(record);
  else both.right.push(record);
  if (record.at > latest) latest = record.at;
  if (number % WATERMARK_EVERY === 0) advance(latest - LATE_MS - 1);
}
advance(Infinity);
console.log(JSON.stringify({ ms: performance.now() - began, results, total }));

function advance(watermark) {
  for (const [start, window] of windows) {
    if (start + SIZE - 1 > watermark) continue;
    for (const { left, right } of window.values()) {
      for (const first of left) for (const second of right) emit(first.amount + second.amount);
    }
    windows.delete(start);
  }
}

function emit(sum) {
  results++;
  total += sum;
}
