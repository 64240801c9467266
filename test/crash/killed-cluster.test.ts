/** A highly available session cluster that is killed (SIGKILL) goes on with its jobs: what they write is there once. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { workspace } from '../commands/flink.js';

const { flink, path } = workspace();
const jobFile = fileURLToPath(new URL('../../jobs/exactly-once-files.ts', import.meta.url));

const KILLS = 3;
const COUNT = 3_000;

interface Listed {
  readonly jid: string;
  readonly state: string;
}

async function start(): Promise<number> {
  const { code, stdout, stderr } = await flink(['cluster', 'start', '--json', '--port', '0', '-D', 'high-availability.type=level', '-D', `high-availability.storageDir=${join(path, 'store')}`]);
  expect([code, stderr]).toEqual([0, 'Starting cluster.\n']);
  return (JSON.parse(stdout) as { pid: number }).pid;
}

const listed = async (): Promise<Listed[]> => JSON.parse((await flink(['list', '-a', '--json'])).stdout) as Listed[];
const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function lines(): string[] {
  const out = join(path, 'out');
  return readdirSync(out).filter((name) => name.startsWith('part-')).flatMap((name) => readFileSync(join(out, name), 'utf8').trim().split('\n'));
}

describe('a highly available session cluster', () => {
  it(`that is killed ${KILLS} times finishes its job under the same id, and every record is in its files once`, async () => {
    let pid = await start();
    const { stdout } = await flink(['run', '-d', '--json', jobFile, '--output', join(path, 'out'), '--count', String(COUNT), '--rate', '300']);
    const { jobId } = JSON.parse(stdout) as { jobId: string };
    for (let kill = 0; kill < KILLS; kill++) {
      await later(1_000);
      process.kill(pid, 'SIGKILL');
      pid = await start();
      expect((await listed()).map(({ jid }) => jid)).toEqual([jobId]);
    }
    for (;;) {
      const [job] = await listed();
      expect(['INITIALIZING', 'CREATED', 'RUNNING', 'FINISHED']).toContain(job!.state);
      if (job!.state === 'FINISHED') break;
    }
    expect((await flink(['cluster', 'stop'])).code).toBe(0);
    const written = lines();
    expect([written.length, new Set(written).size]).toEqual([COUNT, COUNT]);
    expect(readFileSync(join(path, '.flink/log', `${jobId}.log`), 'utf8')).toContain('It goes on from checkpoint');
    // Another cluster does not begin it again.
    await start();
    expect((await listed()).map(({ jid, state }) => [jid, state])).toEqual([[jobId, 'FINISHED']]);
    await flink(['cluster', 'stop']);
    expect(readdirSync(join(path, 'store/default/bundles'))).toEqual([]);
  }, 120_000);
});
