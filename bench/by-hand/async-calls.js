// The work of bench/jobs/async-calls.ts in rounds of Promise.all: the next one begins when all of one have answered.
const [records] = process.argv.slice(2).map(Number);
const began = performance.now();
const call = async (number) => number * 2;
let last;
for (let number = 1; number <= records; ) {
  const round = [];
  while (round.length < 10_000 && number <= records) round.push(call(number++));
  for (const result of await Promise.all(round)) last = result;
}
console.log(JSON.stringify({ ms: performance.now() - began, last }));
