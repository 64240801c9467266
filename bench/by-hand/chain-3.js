// The work of bench/jobs/chain-3.ts as a loop.
const KEYS = Array.from({ length: 1000 }, (_, index) => `key-${index}`);
const records = Number(process.argv[2]);
const began = performance.now();
const sums = new Map();
let last;
for (let number = 1; number <= records; number++) {
  const record = { key: KEYS[number % 1000], value: number & 0xffff };
  if (record.value % 7 === 0) continue;
  const before = sums.get(record.key);
  last = before === undefined ? record : { key: before.key, value: before.value + record.value };
  sums.set(last.key, last);
}
console.log(JSON.stringify({ ms: performance.now() - began, last }));
