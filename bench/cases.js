// What is measured, against what, and what should come out. A target is a wish with a number, never a gate.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkpointFigures, msPerMillion, whileWriting } from './figures.js';
import { textOfSize } from './text.js';

const node = process.execPath;
const flink = (...args) => [node, 'bin/run.js', ...args];
/** A job of the bench through the command line; its time is the job's own net run time. */
const job = (name, options, ...args) => flink('run', '-q', '--result-file', '{report}', ...options, `bench/jobs/${name}.ts`, ...args.map(String));
const byHand = (name, ...args) => [node, `bench/by-hand/${name}.js`, ...args.map(String)];

const atLeast = (bound) => (value) => value >= bound;
const atMost = (bound) => (value) => value <= bound;

/** Every case, with `scale` times the usual work. */
export function cases(scale) {
  return [
    chain('chain-3', Math.round(40e6 * scale)),
    chain('chain-10', Math.round(20e6 * scale)),
    keyedCount('1k', 1_000, Math.round(20e6 * scale)),
    keyedCount('100k', 100_000, Math.round(10e6 * scale)),
    keyedCount('5m', Math.round(5_000_000 * scale), Math.round(15e6 * scale)),
    keyedState('1k', 1_000, Math.round(20e6 * scale)),
    keyedState('100k', 100_000, Math.round(10e6 * scale)),
    ...checkpoints('100k', { keys: Math.round(100_000 * scale), records: Math.round(12e6 * scale), restored: Math.round(4e6 * scale) }),
    ...checkpoints('1m', { keys: Math.round(1e6 * scale), records: Math.round(6e6 * scale), restored: Math.round(6e6 * scale) }),
    ...checkpoints('few-of-1m', { keys: Math.round(1e6 * scale), touched: Math.round(20_000 * scale), records: Math.round(6e6 * scale), restored: Math.round(6e6 * scale) }),
    checkpointsInOneProcess('1m', { keys: Math.round(1e6 * scale), records: Math.round(45e6 * scale) }),
    ...onDisk('100k', { keys: Math.round(100_000 * scale), records: Math.round(600_000 * scale) }),
    ...onDisk('1m', { keys: Math.round(1e6 * scale), touched: Math.round(20_000 * scale), records: Math.round(1.6e6 * scale) }),
    ...onDisk('20m', { keys: Math.round(20e6 * scale), touched: Math.round(20_000 * scale), records: Math.round(20.6e6 * scale) }).map((one) => ({ ...one, onlyNamed: true })),
    timers(Math.round(5e6 * scale)),
    windows('tumbling', 'sums over tumbling windows of 10 s', { records: Math.round(10e6 * scale), keys: 10_000, perMs: 100 }),
    windows('sliding', 'sums over windows of 10 s every second', { records: Math.round(5e6 * scale), keys: 10_000, perMs: 100 }),
    windows('session', 'sums over sessions with a gap of 5 s, some 12 records each', { records: Math.round(4e6 * scale), keys: 10_000, perMs: 5 }),
    windows('count', 'sums over windows of 100 records', { records: Math.round(10e6 * scale), keys: 10_000, perMs: 100 }),
    twoStreams('window-join', 'pairs within a second', { records: Math.round(4e6 * scale), keys: 10_000, perMs: 40 }),
    twoStreams('interval-join', 'pairs no more than 100 ms apart', { records: Math.round(2e6 * scale), keys: 1_000, perMs: 10 }),
    wordCount(Math.round(100e6 * scale)),
    exchange(Math.round(10e6 * scale)),
    asyncCalls(Math.round(3e6 * scale)),
    version(),
    firstRow(),
  ];
}

function chain(name, records) {
  return {
    name,
    what: `${name === 'chain-3' ? 'three' : 'ten'} chained operators over ${records / 1e6} M records against the same loop written by hand`,
    runs: 5,
    peer: 'by hand',
    contestants: [
      { name: 'by hand', commands: [byHand(name, records)], measure: 'reported', records },
      { name: 'flink', commands: [job(name, [], records)], measure: 'reported', records },
    ],
    targets: [{ says: 'speed of the loop written by hand, at least 0.60', value: (medians) => medians['by hand'] / medians['flink'], holds: atLeast(0.6) }],
  };
}

function keyedCount(label, keys, records) {
  return {
    name: `keyed-count-${label}`,
    what: `a count a key over ${keys} keys and ${records / 1e6} M records against a Map in a loop`,
    runs: 5,
    peer: 'by hand',
    contestants: [
      { name: 'by hand', commands: [byHand('keyed-count', records, keys)], measure: 'reported', records },
      { name: 'flink', commands: [job('keyed-count', [], records, keys)], measure: 'reported', records },
    ],
    targets: [],
  };
}

function keyedState(label, keys, records) {
  return {
    name: `keyed-state-${label}`,
    what: `a count in a ValueState over ${keys} keys and ${records / 1e6} M records against a Map in a loop`,
    runs: 5,
    peer: 'by hand',
    contestants: [
      { name: 'by hand', commands: [byHand('keyed-count', records, keys)], measure: 'reported', records },
      { name: 'flink', commands: [job('keyed-state', [], records, keys)], measure: 'reported', records },
    ],
    targets: [],
  };
}

const CHECKPOINTS = ['execution.checkpointing.interval=1 s', 'execution.checkpointing.dir={folder}/checkpoints'];

/**
 * Two cases over a count in a ValueState: checkpoints every second against none, and a start from the last checkpoint
 * against one from nothing.
 *
 * @param touched how many of the keys change once all are there; all of them unless given.
 * @param restored records of the job that is restored.
 * @param settings `key=value`, of every contestant.
 */
function checkpoints(label, { keys, touched = keys, records, restored, settings = [] }) {
  const counted = (...more) => (count, ...last) => job('checkpointed-state', [...settings, ...more].flatMap((setting) => ['-D', setting]), count, keys, touched, ...last);
  const what = `a count in a ValueState over ${keys} keys${touched < keys ? `, of which ${touched} change` : ''}`;
  const ms = msPerMillion(keys);
  const figures = checkpointFigures(keys);
  return [{
    name: `checkpoint-${label}`,
    what: `${what}, with checkpoints every second against none; times are of a million records`,
    runs: 3,
    peer: 'none',
    contestants: [
      { name: 'none', commands: [counted()(records)], measure: 'reported', ms, figures, records: 1e6 },
      { name: 'every second', commands: [counted(...CHECKPOINTS)(records)], measure: 'reported', ms, figures, records: 1e6 },
    ],
    targets: [
      { says: 'throughput with checkpoints over that without, at least 0.95', value: (medians) => medians['none'] / medians['every second'], holds: atLeast(0.95) },
      { says: 'milliseconds of the longest stall in 99 of 100 tenths of a second, without waiting for a processor, under 20', value: (_medians, all) => all['every second']['own stall p99 ms'], holds: atMost(20) },
    ],
  }, {
    name: `restore-${label}`,
    what: `${what}: from the start of the process to the first record, restored and from nothing`,
    runs: 3,
    peer: 'from nothing',
    contestants: [
      { name: 'from nothing', commands: [counted(...CHECKPOINTS)(Math.round(restored / 4))], measure: 'reported', ms: firstRecord },
      {
        name: 'restored',
        before: [counted(...CHECKPOINTS, ...KEPT)(restored, 'leave')],
        commands: [recovering(counted(...CHECKPOINTS)(restored))],
        measure: 'reported',
        ms: firstRecord,
      },
    ],
    targets: [],
  }];
}

/** One process as its own peer: how fast a loop over a large heap is differs more from process to process than a checkpoint costs. */
function checkpointsInOneProcess(label, { keys, records }) {
  return {
    name: `checkpoint-in-one-process-${label}`,
    what: `a count in a ValueState over ${keys} keys with checkpoints every 12 s: while one is written against between two`,
    runs: 3,
    peer: 'flink',
    contestants: [{
      name: 'flink', commands: [job('checkpointed-state', ['-D', 'execution.checkpointing.interval=12 s', '-D', 'execution.checkpointing.dir={folder}/checkpoints'], records, keys, keys)],
      measure: 'reported', figures: whileWriting(keys), records,
    }],
    targets: [{ says: 'speed while a checkpoint is written over that between two, at least 0.95', value: (_medians, all) => all['flink']['speed while one is written'], holds: atLeast(0.95) }],
  };
}

/** The same with the state in LevelDB, which checkpoints store whole, and incremental. */
function onDisk(label, { records, ...size }) {
  const level = ['state.backend.type=level'];
  return [
    ...checkpoints(`level-${label}`, { ...size, records, restored: records, settings: level }),
    ...checkpoints(`level-incremental-${label}`, { ...size, records, restored: records, settings: [...level, 'execution.checkpointing.incremental=true'] }),
  ];
}

/** A job that fails leaves its last checkpoint. */
const KEPT = ['restart-strategy.type=none', 'execution.checkpointing.externalized-checkpoint-retention=RETAIN_ON_CANCELLATION'];

function firstRecord({ accumulators }) {
  return accumulators.firstRecordAfterMs[0];
}

function recovering(command) {
  return command.flatMap((word) => (word === 'run' ? [word, '--recover'] : [word]));
}

function timers(records) {
  return {
    name: 'timers',
    what: `an event-time timer for each of ${records / 1e6} M records of 10,000 keys against a Map of times in a loop`,
    runs: 5,
    peer: 'by hand',
    contestants: [
      { name: 'by hand', commands: [byHand('timers', records, 10_000)], measure: 'reported', records },
      { name: 'flink', commands: [job('timers', [], records, 10_000)], measure: 'reported', records },
    ],
    targets: [],
  };
}

function windows(kind, what, { records, keys, perMs }) {
  return againstLoop(`windows-${kind}`, what, { loop: kind, job: 'windows', of: [kind], records, keys, perMs });
}

function twoStreams(name, what, { records, keys, perMs }) {
  return againstLoop(name, `${what} of two streams`, { loop: name, job: name, of: [], records, keys, perMs });
}

/** A case over the records of events.js. */
function againstLoop(name, what, { loop, job: program, of, records, keys, perMs }) {
  return {
    name,
    what: `${what}: ${records / 1e6} M records of ${keys} keys, ${perMs} a millisecond, against a loop`,
    runs: 5,
    peer: 'by hand',
    contestants: [
      { name: 'by hand', commands: [byHand(loop, records, keys, perMs)], measure: 'reported', records },
      { name: 'flink', commands: [job(program, [], ...of, records, keys, perMs)], measure: 'reported', records },
    ],
    targets: [],
  };
}

const AWK = '{ for (i = 1; i <= NF; i++) count[$i]++ } END { for (word in count) print word, count[word] }';

function wordCount(bytes) {
  const { whole, halves } = { whole: '{whole}', halves: ['{first}', '{second}'] };
  const count = (file, ...options) => flink('run', '-q', ...options, 'jobs/word-count.ts', '--input', file);
  const contestants = [
    { name: 'by hand', commands: [byHand('word-count', whole)], measure: 'wall' },
    { name: 'flink -p 1', commands: [count(whole, '-p', '1')], measure: 'wall' },
    { name: 'flink -p 2', commands: [count(whole, '-p', '2')], measure: 'wall' },
    { name: 'two halves, unconnected', commands: halves.map((file) => count(file, '-p', '1')), measure: 'wall' },
  ];
  if (isInstalled('mawk')) contestants.push({ name: 'mawk', commands: [['mawk', AWK, whole]], measure: 'wall' });
  return {
    name: 'word-count',
    what: `WordCount over ${bytes / 1e6} MB of text, whole processes from start to end`,
    runs: 5,
    prepare() {
      const text = textOfSize(bytes);
      const paths = { '{whole}': text.whole, '{first}': text.halves[0], '{second}': text.halves[1] };
      for (const contestant of contestants) contestant.commands = contestant.commands.map((command) => command.map((word) => paths[word] ?? word));
    },
    peer: 'by hand',
    contestants,
    targets: [
      { says: 'time of -p 1 over the loop written by hand, at most 1.40', value: (medians) => medians['flink -p 1'] / medians['by hand'], holds: atMost(1.4) },
      { says: 'speed-up of -p 2 over that of two unconnected processes, at least 0.85', value: (medians) => medians['two halves, unconnected'] / medians['flink -p 2'], holds: atLeast(0.85) },
      { says: 'time of -p 2 over -p 1, at most 1.10', value: (medians) => medians['flink -p 2'] / medians['flink -p 1'], holds: atMost(1.1) },
    ],
  };
}

function exchange(records) {
  return {
    name: 'exchange',
    what: `${records / 1e6} M records from one thread to another, against arrays of 1,024 by postMessage`,
    runs: 5,
    peer: 'postMessage',
    contestants: [
      { name: 'postMessage', commands: [byHand('exchange', records)], measure: 'reported', records },
      { name: 'flink', commands: [job('exchange', [], records)], measure: 'reported', records },
    ],
    targets: [],
  };
}

function asyncCalls(records) {
  return {
    name: 'async-calls',
    what: `${records / 1e6} M asynchronous calls that answer at once, 10,000 in flight, against rounds of Promise.all`,
    runs: 5,
    peer: 'by hand',
    contestants: [
      { name: 'by hand', commands: [byHand('async-calls', records)], measure: 'reported', records },
      { name: 'flink', commands: [job('async-calls', [], records)], measure: 'reported', records },
    ],
    targets: [],
  };
}

function version() {
  return {
    name: 'start-version',
    what: 'flink --version, from start to end',
    runs: 15,
    peer: 'node -e 0',
    contestants: [
      { name: 'node -e 0', commands: [[node, '-e', '0']], measure: 'wall' },
      { name: 'flink --version', commands: [flink('--version')], measure: 'wall' },
    ],
    targets: [{ says: 'milliseconds, under 150', value: (medians) => medians['flink --version'], holds: atMost(150) }],
  };
}

function firstRow() {
  const input = join(tmpdir(), 'flink-ts-bench-ten-lines.txt');
  return {
    name: 'start-first-row',
    what: 'flink run over ten lines, from start to the first row on standard output',
    runs: 15,
    prepare: () => writeFileSync(input, 'to be or not to be\n'.repeat(10)),
    peer: 'node -e 0',
    contestants: [
      { name: 'node -e 0', commands: [[node, '-e', '0']], measure: 'wall' },
      { name: 'flink run', commands: [flink('run', '-q', 'jobs/word-count.ts', '--input', input)], measure: 'first-byte' },
    ],
    targets: [{ says: 'milliseconds, under 400', value: (medians) => medians['flink run'], holds: atMost(400) }],
  };
}

function isInstalled(program) {
  try {
    execFileSync(program, ['BEGIN { exit 0 }'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
