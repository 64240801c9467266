// Ten endless jobs in a session cluster with a checkpoint each second, for as long as is said: memory and open files have to
// stay where they are, and in the end nothing may be left.
//
//   npm run soak -- --minutes 30 [--every 10] [--keep] [--leaking]
//
// Needs a built command line; open files and threads are counted where there is /proc. Prints a line for each look, and what is
// wrong; ends with exit code 1 when something grew, failed or was left behind. --keep leaves the folder with logs and checkpoints; --leaking
// runs one job that does what has to be noticed.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: given } = parseArgs({ options: { minutes: { type: 'string', default: '30' }, every: { type: 'string', default: '10' }, keep: { type: 'boolean', default: false }, leaking: { type: 'boolean', default: false } } });
const DURATION_MS = Number(given.minutes) * 60_000;
const EVERY_MS = Number(given.every) * 1_000;
if (!(DURATION_MS > 0 && EVERY_MS > 0)) throw new Error('--minutes and --every must be positive numbers');

const SORTS = given.leaking ? ['leaks'] : ['sums', 'windows', 'sliding', 'sessions', 'expiring', 'timers', 'disk', 'join', 'files', 'calls'];
const OPTIONS = {
  disk: ['-Dstate.backend.type=level', '-Dexecution.checkpointing.incremental=true'],
  sliding: ['-Dexecution.checkpointing.unaligned.enabled=true'],
  calls: ['-Dexecution.checkpointing.unaligned.enabled=true'],
};
const MB = 1024 * 1024;
/**
 * What may be added from the second quarter of the run to the last: V8 collects when it sees fit, the more so the shorter
 * the run, and a heap that is young still grows into its room.
 */
const GROWTH = DURATION_MS >= 10 * 60_000 ? { share: 0.1, bytes: 16 * MB } : { share: 0.35, bytes: 48 * MB };
/** Files and sockets come and go with each checkpoint, and a database has now more tables, now fewer. */
const MORE_FILES = 12;
/** Of the checkpoints that there was time for. */
const CHECKPOINTS_SHARE = 0.3;

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'flink-soak-')));
/**
 * V8 lets garbage lie while there is room, for hours in jobs as small as these: in small heaps what stays is seen sooner.
 * The job that leaks has to grow, and would end in one.
 */
const HEAPS = given.leaking ? { processes: '', taskManagers: [] } : { processes: '--max-old-space-size=80', taskManagers: ['-Dtaskmanager.memory.heap.size=64mb'] };
const environment = { ...process.env, NODE_OPTIONS: HEAPS.processes, NO_COLOR: '1', HOME: folder, FLINK_TS_HOME: join(folder, 'home'), TMPDIR: join(folder, 'temporary') };
mkdirSync(environment.TMPDIR);
const checkpoints = join(folder, 'checkpoints');
const CHECKPOINT = /(^|\/)chk-\d+$/;
const wrong = [];

function flink(...words) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'bin/run.js'), ...words], { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    const [said, printed] = [[], []];
    child.stdout.on('data', (chunk) => printed.push(chunk));
    child.stderr.on('data', (chunk) => said.push(chunk));
    child.on('error', reject).on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(printed).toString());
      else reject(new Error(`flink ${words.join(' ')} ended with ${code}: ${Buffer.concat(said).toString()}`));
    });
  });
}

function ps(...options) {
  try {
    return execFileSync('ps', options, { encoding: 'utf8' });
  } catch {
    return '';
  }
}

/** The cluster and whatever it has started, with names for people. */
const known = new Map();

/** The processes of the cluster and its jobs that are there. @param name of those that were not there before. */
function processes(name = 'a process that nobody knows') {
  const all = ps('-eo', 'pid=,ppid=').split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  for (const [pid, parent] of all) if (known.has(parent) && !known.has(pid)) known.set(pid, name);
  return all.map(([pid]) => pid).filter((pid) => known.has(pid));
}

function lookAt(pid) {
  return { memory: Number(ps('-o', 'rss=', '-p', String(pid))) * 1024, files: listed(`/proc/${pid}/fd`).length, threads: listed(`/proc/${pid}/task`).length };
}

/** Heaps in use, by TaskManager; those of which nothing is known yet are left out. */
async function heaps(url) {
  const { taskmanagers } = await (await fetch(`${url}/taskmanagers`)).json();
  const used = taskmanagers.map(async ({ id }) => {
    const metrics = await (await fetch(`${url}/taskmanagers/${encodeURIComponent(id)}/metrics?get=Status.JVM.Memory.Heap.Used`)).json();
    return metrics.map(({ value }) => [id, Number(value)]);
  });
  return (await Promise.all(used)).flat();
}

/** Below a folder, of files and folders whose path fits. What goes away meanwhile is not there. */
function entries(path, name, prefix = '') {
  return listed(path).flatMap((entry) => [`${prefix}${entry}`, ...entries(join(path, entry), /^/, `${prefix}${entry}/`)]).filter((entry) => name.test(entry));
}

/** Nothing, of what is no folder. */
function listed(path) {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

async function submitAll() {
  const jobs = new Map();
  for (const sort of SORTS) {
    const printed = await flink('run', '-d', '--json', ...(OPTIONS[sort] ?? []), join(root, 'test/ops/soak-jobs.ts'), sort, join(folder, 'output'));
    jobs.set(sort, JSON.parse(printed).jobId);
    processes(`the process of ${sort}`);
  }
  return jobs;
}

/** Looks at every process and heap again and again. Answers with what was seen. */
async function watch(pids, url) {
  const seen = { processes: new Map(pids.map((pid) => [pid, []])), heaps: new Map() };
  const end = performance.now() + DURATION_MS;
  for (let looks = 1; performance.now() < end; looks++) {
    await sleep(Math.min(EVERY_MS, Math.max(0, end - performance.now())));
    for (const pid of pids) seen.processes.get(pid).push(lookAt(pid));
    const heapsNow = await heaps(url);
    for (const [id, used] of heapsNow) seen.heaps.set(id, [...(seen.heaps.get(id) ?? []), used]);
    const now = pids.map((pid) => seen.processes.get(pid).at(-1));
    const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);
    const figures = [
      `${(sum(now.map(({ memory }) => memory)) / MB).toFixed(0)} MB`, `${(sum(heapsNow.map(([, used]) => used)) / MB).toFixed(0)} MB of them in heaps of TaskManagers`,
      `${sum(now.map(({ files }) => files))} files`, `${sum(now.map(({ threads }) => threads))} threads`, `${entries(checkpoints, CHECKPOINT).length} checkpoints kept`,
    ];
    console.log(`${String(looks).padStart(4)}  ${figures.join(', ')}`);
    // One is kept, one is being taken, and one is on its way out.
    if (entries(checkpoints, CHECKPOINT).length > 3 * SORTS.length) wrong.push(`more checkpoints are kept than one for each job: ${entries(checkpoints, CHECKPOINT).length}`);
  }
  return seen;
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** The second quarter of the looks, for the first is for warming up, and the last. */
function quarters(looks) {
  const quarter = Math.max(1, Math.floor(looks.length / 4));
  return [looks.slice(quarter, 2 * quarter), looks.slice(-quarter)];
}

function judgeGrowth(what, [before, after]) {
  if (after > before * (1 + GROWTH.share) + GROWTH.bytes) wrong.push(`${what} grew from ${(before / MB).toFixed(0)} MB to ${(after / MB).toFixed(0)} MB`);
}

function judge(seen) {
  for (const [pid, looks] of seen.processes) {
    judgeGrowth(known.get(pid), quarters(looks).map((part) => median(part.map(({ memory }) => memory))));
    for (const figure of ['files', 'threads']) {
      const [before, after] = quarters(looks).map((part) => median(part.map((look) => look[figure])));
      if (after > before + MORE_FILES) wrong.push(`${known.get(pid)} had ${before} ${figure}, then ${after}`);
    }
    if (looks.some(({ memory }) => memory === 0)) wrong.push(`${known.get(pid)} ended by itself`);
  }
  // What is left after a collection tells of a leak, not what comes before it.
  for (const [id, used] of seen.heaps) judgeGrowth(`the heap of ${id}`, quarters(used).map((part) => Math.min(...part)));
}

async function judgeCheckpoints(url, jobs, seconds) {
  for (const [sort, jobId] of jobs) {
    const { counts } = await (await fetch(`${url}/jobs/${jobId}/checkpoints`)).json();
    const { state } = await (await fetch(`${url}/jobs/${jobId}`)).json();
    console.log(`${sort.padEnd(10)} ${state} with ${counts.completed} checkpoints, ${counts.failed} failed`);
    if (state !== 'RUNNING' || counts.failed > 0 || counts.completed < seconds * CHECKPOINTS_SHARE) wrong.push(`${sort}: ${state}, ${JSON.stringify(counts)} after ${seconds.toFixed(0)} s`);
  }
}

/** Stops half of the jobs with savepoints, cancels the others, and ends the cluster. */
async function endAll(jobs) {
  for (const [i, jobId] of [...jobs.values()].entries()) await (i % 2 === 0 ? flink('stop', '-p', join(folder, 'savepoints'), jobId) : flink('cancel', jobId));
  await flink('cluster', 'stop', '-q');
}

function judgeWhatIsLeft() {
  const left = {
    processes: processes().map((pid) => known.get(pid)),
    'temporary files': entries(environment.TMPDIR, /./).filter((entry) => /\//.test(entry)),
    'checkpoints of jobs that have ended': entries(checkpoints, CHECKPOINT),
    'shared files of checkpoints': entries(checkpoints, /\/shared\/./),
    'files of the cluster': entries(join(environment.FLINK_TS_HOME, 'cluster'), /\.(pid|json|sock)$/),
    'half-written savepoints': entries(join(folder, 'savepoints'), /^[^/]+$/).filter((name) => !existsSync(join(folder, 'savepoints', name, '_metadata'))),
    'half-written output': entries(join(folder, 'output'), /inprogress|pending/),
  };
  for (const [what, found] of Object.entries(left)) if (found.length > 0) wrong.push(`left behind: ${what}: ${found.slice(0, 5).join(', ')}`);
  const savepoints = entries(join(folder, 'savepoints'), /^[^/]+$/).length;
  if (savepoints !== Math.ceil(SORTS.length / 2)) wrong.push(`${savepoints} savepoints are there, ${Math.ceil(SORTS.length / 2)} were taken`);
}

try {
  const settings = [`-Dexecution.checkpointing.dir=${checkpoints}`, '-Dexecution.checkpointing.interval=1 s', '-Drestart-strategy.type=none', ...HEAPS.taskManagers];
  const { url, pid } = JSON.parse(await flink('cluster', 'start', '--json', '--port', '0', '--task-managers', '2', '--slots', '8', ...settings));
  known.set(pid, 'the cluster');
  const jobs = await submitAll();
  const began = performance.now();
  judge(await watch(processes(), url));
  await judgeCheckpoints(url, jobs, (performance.now() - began) / 1_000);
  await endAll(jobs);
  judgeWhatIsLeft();
} catch (error) {
  wrong.push(error.message);
} finally {
  for (const pid of processes()) process.kill(pid, 'SIGKILL');
  if (given.keep) console.log(`Everything is in ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
}
for (const line of new Set(wrong)) console.log(`not ok: ${line}`);
if (wrong.length === 0) console.log('Memory and open files stayed where they were, and nothing is left.');
process.exitCode = wrong.length === 0 ? 0 : 1;
