// The work of bench/jobs/timers.ts as a loop: the keys that wait for each time in a Map, looked at every 1,000 records.
const [records, keys] = process.argv.slice(2).map(Number);
const began = performance.now();
const waiting = new Map();
let fired = 0;
let last;
for (let number = 1; number <= records; number++) {
  const key = number % keys;
  const at = 1.7e12 + number + 5_000;
  const keysThen = waiting.get(at);
  if (keysThen === undefined) waiting.set(at, [key]);
  else if (!keysThen.includes(key)) keysThen.push(key);
  if (number % 1_000 === 0) advance(1.7e12 + number - 1);
}
advance(Infinity);
console.log(JSON.stringify({ ms: performance.now() - began, fired, last }));

function advance(watermark) {
  // Records come in order of time, and so do the entries of the Map.
  for (const [at, keysThen] of waiting) {
    if (at > watermark) break;
    for (const key of keysThen) {
      fired++;
      last = at + key;
    }
    waiting.delete(at);
  }
}
