/** Savepoints, checkpoints and stopping, asked for from another terminal; restoring, recovering, disposing. */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ended, type Run, workspace } from './flink.js';

const { file, flink, start, path } = workspace();

/** Prints how many numbers there were so far; a job that goes on counts to the end that the first one set out for. */
const COUNTING = `import { DataGeneratorSource, ParameterTool, StreamExecutionEnvironment, ValueStateDescriptor, WatermarkStrategy } from 'flink-ts';
const parameters = ParameterTool.fromArgs(process.argv.slice(2));
const env = StreamExecutionEnvironment.getExecutionEnvironment();
class Count {
  open() {}
  setRuntimeContext(context) { this.seen = context.getState(new ValueStateDescriptor('seen', 0)); }
  processElement(value, context, out) {
    this.seen.update(this.seen.value() + 1);
    out.collect(this.seen.value());
  }
}
env
  .fromSource(new DataGeneratorSource((n) => n, parameters.getInt('count', 20_000), parameters.getInt('rate', 500)), WatermarkStrategy.noWatermarks(), 'numbers').uid('numbers')
  .keyBy(() => 'all').process(new Count()).uid('count').print();
await env.execute('Counting');
`;

let running: ReturnType<typeof start> | undefined;
beforeAll(() => void file('counting.ts', COUNTING));
afterEach(() => void running?.kill('SIGKILL'));

interface Started {
  readonly run: Promise<Run>;
  readonly id: string;
}

async function started(...options: string[]): Promise<Started> {
  running = start(['run', ...options, 'counting.ts']);
  const run = ended(running);
  for (;;) {
    const [job] = JSON.parse((await flink(['list', '--json', '-r'])).stdout) as { jid: string; state: string }[];
    if (job?.state === 'RUNNING') return { run, id: job.jid };
  }
}

/** Everything counted, each number once, from the first on. */
const whole = (...parts: string[]): void => {
  const numbers = parts.flatMap((part) => part.split('\n').filter(Boolean).map(Number));
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, at) => at + 1));
};

describe('a savepoint', () => {
  it('is taken while the job runs on, and a job goes on from it', async () => {
    const { run, id } = await started();
    const taken = await flink(['savepoint', id.slice(0, 8), 'saves']);
    expect(taken).toMatchObject({ code: 0, stdout: expect.stringMatching(new RegExp(`^Savepoint completed\\. Path: ${join(path, 'saves')}/savepoint-${id.slice(0, 6)}-[0-9a-f]{12}\n$`)) as string });
    expect(taken.stderr).toBe(`Triggering savepoint for job ${id}.\nWaiting for response...\nYou can resume your program from this savepoint with the run command.\n`);
    const savepoint = /Path: (.*)/.exec(taken.stdout)![1]!;
    await flink(['cancel', id]);
    const before = (await run).stdout;
    const after = await flink(['run', '-q', '-s', join(savepoint, '_metadata'), 'counting.ts', '--rate', '100000']);
    // What was printed between the savepoint and the end is printed again.
    const first = Number(after.stdout.split('\n')[0]);
    expect(first).toBeGreaterThan(1);
    whole(before.split('\n').slice(0, first - 1).join('\n'), after.stdout);
    expect(readdirSync(savepoint)).toContain('_metadata');
    expect(await flink(['savepoint', '-d', savepoint])).toMatchObject({ code: 0, stderr: `Disposing savepoint '${savepoint}'.\nWaiting for response...\nSavepoint '${savepoint}' disposed.\n` });
    expect(existsSync(savepoint)).toBe(false);
  });

  it('needs a folder: the one given, or the one configured', async () => {
    const { id } = await started();
    const refused = await flink(['savepoint', id]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('a savepoint needs a directory, but none was given and execution.checkpointing.savepoint-dir is not set');
    expect((await flink(['cancel', id])).code).toBe(0);
    await started('-D', 'execution.checkpointing.savepoint-dir=configured');
    expect((await flink(['savepoint', '--json', 'Counting'])).stdout).toContain(join(path, 'configured'));
  });

  it('that cannot be written is told, and the job runs on', async () => {
    const { run, id } = await started();
    writeFileSync(join(path, 'a-file'), '');
    const refused = await flink(['savepoint', id, 'a-file']);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toMatch(/Error \[CHECKPOINT_\w+\]/);
    expect((await flink(['stop', '-p', 'saves', id])).code).toBe(0);
    whole((await run).stdout);
  });
});

describe('stop', () => {
  it('ends the job with a savepoint, and nothing is printed after it or twice', async () => {
    const { run, id } = await started();
    const stopped = await flink(['stop', '-p', 'saves', id]);
    expect(stopped.stderr).toBe(`Suspending job "${id}" with a CANONICAL savepoint.\nTriggering stop-with-savepoint for job ${id}.\nWaiting for response...\n`);
    const savepoint = /^Savepoint completed\. Path: (.*)\n$/.exec(stopped.stdout)![1]!;
    const before = await run;
    expect(before.code).toBe(0);
    const after = await flink(['-s', savepoint, 'counting.ts', '--rate', '100000']);
    expect(after.stderr).toContain(`It goes on from savepoint`);
    whole(before.stdout, after.stdout);
  });

  it('takes the word behind -p for the job when nothing else follows', async () => {
    const { run, id } = await started('-D', 'execution.checkpointing.savepoint-dir=configured');
    expect((await flink(['stop', '-p', id])).stdout).toContain(join(path, 'configured'));
    expect((await run).code).toBe(0);
  });

  it('drains: says so, and ends', async () => {
    const { run, id } = await started();
    expect((await flink(['stop', '--drain', '-p', 'saves', id])).stderr).toContain(`Draining job "${id}" with a CANONICAL savepoint.`);
    whole((await run).stdout);
  });
});

describe('cancel -s', () => {
  it('takes a savepoint first, with a warning that stop is better', async () => {
    const { run, id } = await started();
    const { stdout, stderr } = await flink(['cancel', '-s', 'saves', id]);
    expect(stderr).toContain('DEPRECATION WARNING: Cancelling a job with savepoint is deprecated. Use "stop" instead.\n');
    expect(stdout).toMatch(new RegExp(`^Cancelled job ${id}\\. Savepoint stored in ${join(path, 'saves')}/savepoint-`));
    expect((await run).code).toBe(130);
  });
});

describe('checkpoint', () => {
  it('takes one now, which a job goes on from', async () => {
    rmSync(join(path, 'checkpoints'), { recursive: true, force: true });
    const { run, id } = await started('-D', 'execution.checkpointing.dir=checkpoints', '-D', 'execution.checkpointing.interval=1h');
    const { stdout } = await flink(['checkpoint', id]);
    const number = /^Checkpoint (\d+) for job [0-9a-f]{32} completed\.\n$/.exec(stdout)![1]!;
    expect((await flink(['state', 'ls', join('checkpoints', id, `chk-${number}`)])).stdout).toContain('seen  value  1 entry');
    running!.kill('SIGKILL');
    await run;
    const after = await flink(['run', '-q', '--recover', '-D', 'execution.checkpointing.dir=checkpoints', 'counting.ts', '--rate', '100000']);
    expect(after.code).toBe(0);
    expect(Number(after.stdout.split('\n')[0])).toBeGreaterThan(1);
    expect(after.stdout.trim().split('\n').at(-1)).toBe('20000');
  });
});

describe('recover', () => {
  it('leaves the checkpoints of a job alone that still runs', async () => {
    rmSync(join(path, 'checkpoints'), { recursive: true, force: true });
    const { run, id } = await started('-D', 'execution.checkpointing.dir=checkpoints', '-D', 'execution.checkpointing.interval=1h');
    await flink(['checkpoint', id]);
    const second = await flink(['run', '--recover', '-D', 'execution.checkpointing.dir=checkpoints', 'counting.ts']);
    expect([second.code, second.stdout]).toEqual([2, '']);
    expect(second.stderr).toContain(`Error [SNAPSHOT_IN_USE] the newest checkpoint of "Counting" is that of job ${id}, which still runs`);
    await flink(['cancel', id]);
    whole((await run).stdout);
  });

  it('starts afresh where there is no checkpoint, saying so', async () => {
    mkdirSync(join(path, 'empty'), { recursive: true });
    const { code, stderr, stdout } = await flink(['run', '--recover', '-D', 'execution.checkpointing.dir=empty', 'counting.ts', '--count', '10', '--rate', '100000']);
    expect([code, stderr]).toEqual([0, expect.stringContaining('There is no complete checkpoint of a job "Counting": it starts afresh')]);
    whole(stdout);
  });

  it.each([
    [['--recover'], 'execution.checkpointing.dir is not set'],
    [['--recover', '-s', 'chk-1'], '--recover looks for a checkpoint, and -s names one'],
  ])('%j is refused: %s', async (options, message) => {
    const { code, stdout, stderr } = await flink(['run', ...options, 'counting.ts', '--count', '10']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });
});
