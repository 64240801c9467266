// The work of bench/jobs/chain-10.ts as a loop.
const KEYS = Array.from({ length: 1000 }, (_, index) => `key-${index}`);
const records = Number(process.argv[2]);
const began = performance.now();
const sums = new Map();
let last;
for (let number = 1; number <= records; number++) {
  const made = { key: KEYS[number % 1000], value: number };
  const added = { key: made.key, value: made.value + 1 };
  if (added.value % 7 === 0) continue;
  const tripled = { key: added.key, value: added.value * 3 };
  const cut = { key: tripled.key, value: tripled.value & 0xffff };
  if (cut.value === 1) continue;
  const flipped = { key: cut.key, value: cut.value ^ 5 };
  const before = sums.get(flipped.key);
  const sum = before === undefined ? flipped : { key: before.key, value: before.value + flipped.value };
  sums.set(flipped.key, sum);
  last = sum.value;
}
console.log(JSON.stringify({ ms: performance.now() - began, last }));
