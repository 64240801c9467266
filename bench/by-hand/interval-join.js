// The work of bench/jobs/interval-join.ts as a loop: two arrays in order of time for each key.
import { event, LATE_MS, WATERMARK_EVERY } from '../events.js';

const DISTANCE = 100;
const [records, keys, perMs] = process.argv.slice(2).map(Number);
const began = performance.now();
const sides = [new Map(), new Map()];
let latest = -Infinity;
let results = 0;
let total = 0;
for (let number = 1; number <= records; number++) {
  const record = event(number, keys, perMs);
  const side = record.amount % 2;
  insert(sides[side], record);
  const others = sides[1 - side].get(record.key);
  if (others !== undefined) {
    for (let i = others.length - 1; i >= 0 && others[i].at >= record.at - DISTANCE; i--) {
      if (others[i].at <= record.at + DISTANCE) emit(record.amount + others[i].amount);
    }
  }
  if (record.at > latest) latest = record.at;
  if (number % (64 * WATERMARK_EVERY) === 0) drop(latest - LATE_MS - 1 - DISTANCE);
}
console.log(JSON.stringify({ ms: performance.now() - began, results, total }));

function insert(side, record) {
  const kept = side.get(record.key);
  if (kept === undefined) {
    side.set(record.key, [record]);
    return;
  }
  let at = kept.length;
  while (at > 0 && kept[at - 1].at > record.at) at--;
  if (at === kept.length) kept.push(record);
  else kept.splice(at, 0, record);
}

function drop(until) {
  for (const side of sides) {
    for (const [key, kept] of side) {
      const over = kept.findIndex(({ at }) => at > until);
      if (over === -1) side.delete(key);
      else if (over > 0) kept.splice(0, over);
    }
  }
}

function emit(sum) {
  results++;
  total += sum;
}
