/** A session cluster of this engine, its command line, and the job of `steady-job.ts` for it. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask, type CommandOutput, run, until } from './apache-cluster.js';

const binary = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

export interface OwnCluster {
  readonly url: string;
  /** What our command line says. To speak to another cluster takes `-m`. */
  flink(words: readonly string[]): Promise<CommandOutput>;
  /** Path of the job's file. */
  readonly job: string;
  submit(): Promise<string>;
  close(): Promise<void>;
}

/** @param folder for everything that it writes. */
export async function startOwnCluster(folder: string): Promise<OwnCluster> {
  const temporary = join(folder, 'temporary');
  mkdirSync(temporary, { recursive: true });
  const { FORCE_COLOR: _, ...inherited } = process.env;
  const flink = (words: readonly string[]): Promise<CommandOutput> => run(process.execPath, [binary, ...words], { ...inherited, NO_COLOR: '1', HOME: folder, TMPDIR: temporary });
  const settings = { 'execution.checkpointing.interval': '1h', 'execution.checkpointing.dir': join(folder, 'checkpoints'), 'execution.checkpointing.savepoint-dir': join(folder, 'saves') };
  const started = await flink(['cluster', 'start', '--json', '--port', '0', '--task-managers', '1', '--slots', '8', ...Object.entries(settings).flatMap(([key, value]) => ['-D', `${key}=${value}`])]);
  const { url } = JSON.parse(started.lines.find((line) => line.startsWith('{')) ?? `no answer: ${started.lines.join('\n')}`) as { url: string };
  const job = join(folder, 'steady-job.ts');
  copyFileSync(fileURLToPath(new URL('steady-job.ts', import.meta.url)), job);
  return {
    url, flink, job,
    async submit() {
      const { lines } = await flink(['run', '-d', '-t', 'remote', job]);
      const [, jobId] = /JobID ([0-9a-f]{32})/.exec(lines.join('\n')) ?? [];
      if (jobId === undefined) throw new Error(lines.join('\n'));
      await until(() => ask(url, `/jobs/${jobId}`).then(({ vertices }) => vertices.length > 0 && vertices.every(({ tasks, parallelism }: { tasks: { RUNNING: number }; parallelism: number }) => tasks.RUNNING === parallelism), () => false), 30_000);
      return jobId;
    },
    async close() {
      await flink(['cluster', 'stop']);
    },
  };
}
