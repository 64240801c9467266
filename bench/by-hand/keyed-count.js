// The work of bench/jobs/keyed-count.ts as a loop over a Map, in the fastest way that is still natural to write.
const [records, keys] = process.argv.slice(2).map(Number);
const began = performance.now();
const counts = new Map();
let last;
for (let number = 1; number <= records; number++) {
  const record = { key: `key-${(Math.imul(number, 0x9e3779b1) >>> 0) % keys}`, count: 1 };
  let entry = counts.get(record.key);
  if (entry === undefined) counts.set(record.key, (entry = { count: 0 }));
  entry.count += record.count;
  last = entry.count;
}
console.log(JSON.stringify({ ms: performance.now() - began, last }));
