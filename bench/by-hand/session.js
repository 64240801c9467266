// The work of bench/jobs/windows.ts, session, as a loop: the sessions of each key in an array, mostly one, and a Map of
// those that may end at each time.
import { event, LATE_MS, WATERMARK_EVERY } from '../events.js';

const GAP = 5_000;
const [records, keys, perMs] = process.argv.slice(2).map(Number);
const began = performance.now();
const sessions = new Map();
const due = new Map();
/** Times in `due` below this have been looked at. */
let looked;
let latest = -Infinity;
let results = 0;
let total = 0;
for (let number = 1; number <= records; number++) {
  const record = event(number, keys, perMs);
  add(record);
  if (record.at > latest) latest = record.at;
  if (number % WATERMARK_EVERY === 0) advance(latest - LATE_MS - 1);
}
advance(latest + GAP);
console.log(JSON.stringify({ ms: performance.now() - began, results, total }));

function add(record) {
  const { key, at, amount } = record;
  const mine = sessions.get(key);
  if (mine === undefined) {
    sessions.set(key, [begin(record)]);
    return;
  }
  const met = mine.filter(({ start, end }) => at <= end && at + GAP >= start);
  if (met.length === 0) {
    mine.push(begin(record));
    return;
  }
  const session = met[0];
  session.start = Math.min(session.start, at);
  session.end = Math.max(session.end, at + GAP);
  session.amount += amount;
  for (let i = 1; i < met.length; i++) {
    session.start = Math.min(session.start, met[i].start);
    session.end = Math.max(session.end, met[i].end);
    session.amount += met[i].amount;
    met[i].end = -Infinity;
    mine.splice(mine.indexOf(met[i]), 1);
  }
}

function begin(record) {
  const session = { first: record, start: record.at, end: record.at + GAP, amount: record.amount };
  expect(session);
  return session;
}

function expect(session) {
  const waiting = due.get(session.end);
  if (waiting === undefined) due.set(session.end, [session]);
  else waiting.push(session);
  if (!(session.end >= looked)) looked = session.end;
}

function advance(watermark) {
  for (; looked <= watermark + 1; looked++) {
    const waiting = due.get(looked);
    if (waiting === undefined) continue;
    due.delete(looked);
    for (const session of waiting) {
      if (session.end > looked) expect(session);
      else if (session.end === looked) fire(session);
    }
  }
}

function fire(session) {
  const { first, amount } = session;
  const mine = sessions.get(first.key);
  if (mine.length === 1) sessions.delete(first.key);
  else mine.splice(mine.indexOf(session), 1);
  emit({ key: first.key, at: first.at, amount });
}

function emit({ amount }) {
  results++;
  total += amount;
}
