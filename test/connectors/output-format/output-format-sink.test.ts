import { describe, expect, it } from 'vitest';
import { FlinkError, type OutputFormat, StreamExecutionEnvironment } from '../../../src/index.js';
import { MiniCluster } from '../../../src/testing/index.js';

/** Writes down what is called, and fails where it is told to. */
class Noting implements OutputFormat<string> {
  readonly log: string[] = [];

  constructor(private readonly failing?: 'write' | 'close', private readonly mode: 'sync' | 'async' = 'sync') {}

  configure(parameters: Readonly<Record<string, string>>): void {
    this.log.push(`configure ${JSON.stringify(parameters)}`);
  }
  open(taskNumber: number, numTasks: number): void | Promise<void> {
    return this.note(`open ${taskNumber} of ${numTasks}`);
  }
  writeRecord(record: string): void | Promise<void> {
    return this.note(`write ${record}`, this.failing === 'write');
  }
  close(): void | Promise<void> {
    return this.note('close', this.failing === 'close');
  }
  tryCleanupOnError(): void {
    this.log.push('clean up');
    throw new Error('of no interest');
  }
  private note(what: string, fails = false): void | Promise<void> {
    if (this.mode === 'async') return new Promise<void>((resolve) => void setImmediate(resolve)).then(() => this.noted(what, fails));
    this.noted(what, fails);
  }
  private noted(what: string, fails: boolean): void {
    this.log.push(what);
    if (fails) throw new Error(`${what} failed`);
  }
}

async function written(format: OutputFormat<string>): Promise<void> {
  const cluster = new MiniCluster();
  try {
    await cluster.run(async (env) => {
      env.fromElements('a', 'b').writeUsingOutputFormat(format);
      await env.execute();
    });
  } finally {
    await cluster.close();
  }
}

describe.each(['sync', 'async'] as const)('an output format whose methods are %s', (mode) => {
  it('is configured, opened with its subtask, given every record, and closed', async () => {
    const format = new Noting(undefined, mode);
    await written(format);
    expect(format.log).toEqual(['configure {}', 'open 0 of 1', 'write a', 'write b', 'close']);
  });

  it('cleans up once when a record cannot be written, and the job fails with that', async () => {
    const format = new Noting('write', mode);
    await expect(written(format)).rejects.toThrow('write a failed');
    expect(format.log).toEqual(['configure {}', 'open 0 of 1', 'write a', 'clean up', 'close']);
  });

  it('cleans up when it cannot be closed, and the job fails with that', async () => {
    const format = new Noting('close', mode);
    await expect(written(format)).rejects.toThrow('close failed');
    expect(format.log.slice(-2)).toEqual(['close', 'clean up']);
  });
});

it('an output format needs no more than three methods', async () => {
  const records: string[] = [];
  await written({ open() {}, writeRecord: (record) => void records.push(record), close() {} });
  expect(records).toEqual(['a', 'b']);
});

it('what is no output format is refused where it is given', () => {
  const stream = StreamExecutionEnvironment.getExecutionEnvironment().fromElements('a');
  expect(() => stream.writeUsingOutputFormat({ open() {} } as never)).toThrow(FlinkError);
});
