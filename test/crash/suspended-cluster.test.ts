/** A highly available session cluster that is told to end suspends its jobs, and goes on with them: what they write is there once. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { workspace } from '../commands/flink.js';

const { flink, path } = workspace();
const jobFile = fileURLToPath(new URL('../../jobs/exactly-once-files.ts', import.meta.url));
const COUNT = 900;

async function start(): Promise<number> {
  const { code, stdout } = await flink(['cluster', 'start', '--json', '--port', '0', '-D', 'high-availability.type=level', '-D', `high-availability.storageDir=${join(path, 'store')}`]);
  expect(code).toBe(0);
  return (JSON.parse(stdout) as { pid: number }).pid;
}

const log = (name: RegExp): string => readdirSync(join(path, '.flink/log')).filter((file) => name.test(file)).map((file) => readFileSync(join(path, '.flink/log', file), 'utf8')).join('\n');
const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await later(50);
}

it('by SIGTERM: the job closes what it has opened and is SUSPENDED, and the next cluster finishes it, every record once', async () => {
  const pid = await start();
  const { stdout } = await flink(['run', '-d', '--json', jobFile, '--output', join(path, 'out'), '--count', String(COUNT), '--rate', '300']);
  const { jobId } = JSON.parse(stdout) as { jobId: string };
  await later(1_200);
  process.kill(pid, 'SIGTERM');
  await until(() => log(/session/).includes('The cluster has ended'));
  expect(log(/session/)).toContain(`(${jobId}) is SUSPENDED: it goes on when the cluster starts again`);
  expect(log(new RegExp(`${jobId}\\.log`))).toContain(`Job with JobID ${jobId} is suspended`);
  await start();
  const states: string[] = [];
  await until(async () => {
    const [job] = JSON.parse((await flink(['list', '-a', '--json'])).stdout) as { jid: string; state: string }[];
    expect(job!.jid).toBe(jobId);
    states.push(job!.state);
    return job!.state === 'FINISHED';
  });
  expect(states.filter((state) => state === 'FAILED' || state === 'CANCELED')).toEqual([]);
  expect((await flink(['cluster', 'stop'])).code).toBe(0);
  expect(log(new RegExp(`${jobId}\\.log`))).toContain('It goes on from checkpoint');
  const written = readdirSync(join(path, 'out')).filter((name) => name.startsWith('part-')).flatMap((name) => readFileSync(join(path, 'out', name), 'utf8').trim().split('\n'));
  expect([written.length, new Set(written).size]).toEqual([COUNT, COUNT]);
}, 120_000);
