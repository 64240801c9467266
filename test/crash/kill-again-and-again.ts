/**
 * Runs a job as a process of its own and kills it (SIGKILL) at random moments, each time to go on with `--recover`;
 * lets it come to its end at last, and answers with what its finished files hold.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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
}

/** Numbers a second, for a job that is to come to its end. */
const FAST = 1_000_000;

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

/** @param killAfterMs from the start of the process; undefined: never. */
async function run({ file, folder, count, parallelism, options }: KilledJob, rate: number, killAfterMs: number | undefined): Promise<Ended> {
  const words = ['run', '-q', '-p', String(parallelism), '--recover', '-D', `execution.checkpointing.dir=${join(folder, 'checkpoints')}`, ...options, file, '--output', join(folder, 'out'), '--count', String(count), '--rate', String(rate)];
  const child = spawn(process.execPath, ['bin/run.js', ...words], { cwd: repository, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  const ended = new Promise<Ended>((resolve) => void child.on('close', (code) => resolve({ code, stderr })));
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  const outcome = await ended;
  clearTimeout(timer);
  return outcome;
}

export interface Survived {
  readonly lines: readonly string[];
  /** How often the job had made something visible when it was killed. */
  readonly killedInTheMiddle: number;
}

export async function killAgainAndAgain(job: KilledJob, kills: number): Promise<Survived> {
  let killedInTheMiddle = 0;
  for (let kill = 0; kill < kills; kill++) {
    const { code, stderr } = await run(job, 400, 300 + systemRandom.next() * 900);
    // It was killed, and did not end by itself.
    expect([code, stderr]).toEqual([null, '']);
    if (checkpoints(job) > 0) killedInTheMiddle += 1;
  }
  expect(await run(job, FAST, undefined)).toEqual({ code: 0, stderr: '' });
  return { lines: linesOf(job), killedInTheMiddle };
}

/** What the job writes when nobody kills it. */
export async function uninterrupted(job: KilledJob): Promise<readonly string[]> {
  expect(await run(job, FAST, undefined)).toEqual({ code: 0, stderr: '' });
  return linesOf(job);
}

function linesOf({ folder }: KilledJob): string[] {
  const out = join(folder, 'out');
  const parts = existsSync(out) ? readdirSync(out).filter((name) => name.startsWith('part-')) : [];
  return parts.flatMap((name) => readFileSync(join(out, name), 'utf8').split('\n').filter(Boolean)).sort();
}

/** Complete ones that are there now. */
function checkpoints({ folder }: KilledJob): number {
  const root = join(folder, 'checkpoints');
  if (!existsSync(root)) return 0;
  return readdirSync(root).flatMap((id) => readdirSync(join(root, id)).filter((name) => existsSync(join(root, id, name, '_metadata')))).length;
}
