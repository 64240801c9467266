// Runs the contestants of a case, each run in a process of its own, round by round so that a slow minute of the
// machine hits all of them, and keeps what each run measured.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('..', import.meta.url));

/**
 * @typedef {object} Contestant
 * @property {string} name
 * @property {string[][]} commands One process each, all started at once: a run ends when the last has ended. `{report}`
 *   and `{folder}` stand for a file and a folder that each run has anew.
 * @property {string[][]} [before] Run before, one after the other, not measured; they may fail.
 * @property {'wall' | 'first-byte' | 'reported'} measure What a run's time is: from start to end; from start to the
 *   first byte on standard output; or what the program reports itself: `flink run --result-file {report}` writes the job's result there, a program
 *   written by hand prints `{"ms":…}`.
 * @property {(report: object) => number} [ms] What of a job's report is the time; its net run time unless given.
 * @property {(report: object) => Record<string, number>} [figures] What else a job's report says.
 * @property {number} [records] How many records a run takes, for a rate.
 *
 * @typedef {object} Target
 * @property {string} says What should hold, in words.
 * @property {(medians: Record<string, number>, figures: Record<string, Record<string, number>>) => number} value
 * @property {(value: number) => boolean} holds
 *
 * @typedef {object} Case
 * @property {string} name
 * @property {string} what
 * @property {number} runs
 * @property {() => void} [prepare] Called once before the first run, not measured.
 * @property {string} peer The contestant the others are compared with.
 * @property {Contestant[]} contestants
 * @property {Target[]} targets
 */

/** Runs one case and answers with every time and the medians, in milliseconds. */
export async function runCase(one, runs, progress) {
  progress(`${one.name}: preparing`);
  one.prepare?.();
  const all = Object.fromEntries(one.contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < runs; round++) {
    for (const contestant of one.contestants) {
      progress(`${one.name}: ${contestant.name}, run ${round + 1} of ${runs}`);
      all[contestant.name].push(await runOnce(contestant));
    }
  }
  progress('');
  const ofEach = (pick) => Object.fromEntries(Object.entries(all).map(([name, each]) => [name, pick(each)]));
  const times = ofEach((each) => each.map(({ ms }) => ms));
  const medians = ofEach((each) => median(each.map(({ ms }) => ms)));
  const figures = ofEach((each) => mediansOf(each.map(({ figures: measured }) => measured)));
  const records = Object.fromEntries(one.contestants.map((contestant) => [contestant.name, contestant.records]));
  const targets = one.targets.map(({ says, value, holds }) => ({ says, value: value(medians, figures), holds: holds(value(medians, figures)) }));
  return { name: one.name, what: one.what, runs, peer: one.peer, records, times, medians, figures, targets };
}

function mediansOf(measured) {
  return Object.fromEntries(Object.keys(measured[0]).map((name) => [name, median(measured.map((figures) => figures[name]))]));
}

async function runOnce({ commands, before = [], measure, ms = ({ netRuntimeMs }) => netRuntimeMs, figures }) {
  const folder = mkdtempSync(join(tmpdir(), 'flink-ts-bench-run-'));
  const filled = (command, index) => command.map((word) => word.replace('{report}', join(folder, `${index}.json`)).replace('{folder}', folder));
  try {
    for (const command of before) await runProcess(filled(command, 'before')).catch(() => {});
    const all = await Promise.all(commands.map((command, index) => runProcess(filled(command, index))));
    const longest = (of) => ({ ms: Math.max(...all.map(of)), figures: {} });
    if (measure === 'wall') return longest(({ wallMs }) => wallMs);
    if (measure === 'first-byte') return longest(({ firstByteMs }) => firstByteMs);
    if (!commands[0].includes('{report}')) return longest(({ stdout }) => JSON.parse(stdout.trim().split('\n').at(-1)).ms);
    const reports = all.map((_, index) => JSON.parse(readFileSync(join(folder, `${index}.json`), 'utf8')));
    return { ms: Math.max(...reports.map(ms)), figures: figures?.(reports[0]) ?? {} };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const OUTPUT_KEPT_BYTES = 4096;

function runProcess([program, ...args]) {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(program, args, { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1' } });
    let firstByteMs = Number.NaN;
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (bytes) => {
      if (Number.isNaN(firstByteMs)) firstByteMs = performance.now() - began;
      stdout = (stdout + bytes.toString('latin1', Math.max(0, bytes.length - OUTPUT_KEPT_BYTES))).slice(-OUTPUT_KEPT_BYTES);
    });
    child.stderr.on('data', (bytes) => (stderr = (stderr + bytes).slice(-OUTPUT_KEPT_BYTES)));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve({ wallMs: performance.now() - began, firstByteMs, stdout });
      else reject(new Error(`${program} ${args.join(' ')} ended with ${code}\n${stderr}`));
    });
  });
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
