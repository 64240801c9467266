/**
 * Runs a job as a process of its own and kills it (SIGKILL) at random moments, each time to go on with `--recover`;
 * lets it come to its end at last, and answers with what its finished files hold.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { systemRandom } from '../../src/core/random.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));

export interface KilledJob {
  /** From the repository's folder. */
  readonly file: string;
  /** Where checkpoints and output go. */
  readonly folder: string;
  readonly count: number;
  readonly parallelism: number;
  readonly options: readonly string[];
  /** Of the job itself. */
  readonly words?: readonly string[];
}

/** Numbers a second, for a job that is to come to its end. */
const FAST = 1_000_000;

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

/** @param moment resolves when the process is to be killed, if it is. */
async function run({ file, folder, count, parallelism, options, words: own = [] }: KilledJob, rate: number, moment?: Promise<void>): Promise<Ended> {
  const words = ['run', '-q', '-p', String(parallelism), '--recover', '-D', `execution.checkpointing.dir=${join(folder, 'checkpoints')}`, ...options, file, '--output', join(folder, 'out'), '--count', String(count), '--rate', String(rate), ...own];
  const child = spawn(process.execPath, ['bin/run.js', ...words], { cwd: repository, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  const ended = new Promise<Ended>((resolve) => void child.on('close', (code) => resolve({ code, stderr })));
  void moment?.then(() => child.kill('SIGKILL'));
  return ended;
}

export interface Survived {
  readonly lines: readonly string[];
  /** How often the job had made something visible when it was killed. */
  readonly killedInTheMiddle: number;
}

export async function killAgainAndAgain(job: KilledJob, kills: number): Promise<Survived> {
  let killedInTheMiddle = 0;
  for (let kill = 0; kill < kills; kill++) {
    // However slow the machine is, every other time it has got on; the other times it may have just begun.
    const { code, stderr } = await run(job, 400, kill % 2 === 0 ? nextCheckpoint(job).then(() => sleep(systemRandom.next() * 600)) : sleep(300 + systemRandom.next() * 900));
    // It was killed, and did not end by itself.
    expect([code, stderr]).toEqual([null, '']);
    if (checkpoints(job).length > 0) killedInTheMiddle += 1;
  }
  expect(await run(job, FAST)).toEqual({ code: 0, stderr: '' });
  return { lines: linesOf(job), killedInTheMiddle };
}

/** What the job writes when nobody kills it. */
export async function uninterrupted(job: KilledJob): Promise<readonly string[]> {
  expect(await run(job, FAST)).toEqual({ code: 0, stderr: '' });
  return linesOf(job);
}

function linesOf({ folder }: KilledJob): string[] {
  const out = join(folder, 'out');
  const parts = existsSync(out) ? readdirSync(out).filter((name) => !name.startsWith('.')) : [];
  return parts.flatMap((name) => readFileSync(join(out, name), 'utf8').split('\n').filter(Boolean)).sort();
}

async function nextCheckpoint(job: KilledJob): Promise<void> {
  const before = new Set(checkpoints(job));
  while (checkpoints(job).every((path) => before.has(path))) await sleep(10);
}

/** Complete ones that are there now. */
function checkpoints({ folder }: KilledJob): string[] {
  const root = join(folder, 'checkpoints');
  return listed(root).flatMap((id) => listed(join(root, id)).map((name) => join(root, id, name))).filter((path) => existsSync(join(path, '_metadata')));
}

/** The job deletes folders while they are looked at. */
function listed(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
