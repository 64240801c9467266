/**
 * What docs/guarantees.md promises and nothing else tests; and that every test it names is there.
 */
import { existsSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { ended, workspace } from '../commands/flink.js';
import { repository } from '../jobs/flink.js';

const { file, flink, start } = workspace();
let running: ReturnType<typeof start> | undefined;
afterEach(() => void running?.kill('SIGKILL'));

const numbersOf = (text: string): number[] => text.split('\n').filter(Boolean).map(Number);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);

it('names tests that are there', () => {
  const page = readFileSync(join(repository, 'docs/guarantees.md'), 'utf8');
  const marks = [...page.matchAll(/\[shown\]\(\.\.\/(\S+) "([^"]+)"\)/g)];
  expect(marks.length).toBe(page.match(/\[shown\]/g)!.length);
  expect(marks.length).toBeGreaterThan(30);
  const missing = marks.filter(([, test, title]) => !existsSync(join(repository, test!)) || !readFileSync(join(repository, test!), 'utf8').includes(title!));
  expect(missing.map(([, test, title]) => `${test}: ${title}`)).toEqual([]);
});

/** Numbers from 1 on; `body` goes on behind `numbers`. */
const job = (body: string): string => `import { DataGeneratorSource, ParameterTool, RestartStrategies, RichMapFunction, StreamExecutionEnvironment, WatermarkStrategy } from 'flink-ts';
const parameters = ParameterTool.fromArgs(process.argv.slice(2));
const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.enableCheckpointing('50 ms');
env.setRestartStrategy(RestartStrategies.fixedDelayRestart(3, '10 ms'));
const source = new DataGeneratorSource((n) => n + 1, parameters.getInt('count', 0), parameters.getInt('rate', 0));
const numbers = env.fromSource(source, WatermarkStrategy.noWatermarks(), 'numbers').uid('numbers');
${body}
await env.execute('Numbers');
`;

it('printed output of a job that is killed and recovered: nothing is missing, the newest part comes again', async () => {
  file('printing.ts', job(`numbers.keyBy(() => 'all').reduce((sum, n) => sum + n).print();`));
  const words = ['run', '-q', '--recover', '-D', 'execution.checkpointing.dir=checkpoints', 'printing.ts', '--count', '4000'];
  running = start([...words, '--rate', '1000']);
  const printed = { text: '' };
  running.stdout.setEncoding('utf8').on('data', (text: string) => (printed.text += text));
  const over = ended(running);
  while (numbersOf(printed.text).length < 1000) await new Promise((resolve) => void setTimeout(resolve, 10));
  running.kill('SIGKILL');
  await over;
  // The last line may be torn.
  const before = numbersOf(printed.text.slice(0, printed.text.lastIndexOf('\n')));
  const after = await flink([...words, '--rate', '100000']);
  expect(after.code, after.stderr).toBe(0);
  const sums = upTo(4000).map((n) => (n * (n + 1)) / 2);
  const again = numbersOf(after.stdout);
  expect([...new Set([...before, ...again])]).toEqual(sums);
  expect(again.length).toBeLessThan(sums.length);
});

it('a socket: what was read and not counted before a failure is gone', async () => {
  const parts = ['1\n2\n3\n4\n', '5\n6\n'];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    const part = parts.shift();
    socket.write(part ?? '');
    if (parts.length === 0) socket.end();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  try {
    file('listening.ts', job(`class Unlucky extends RichMapFunction<string, string> {
  map(line: string): string {
    if (line === '3' && this.getRuntimeContext().getAttemptNumber() === 0) throw new Error('a bad moment');
    return line;
  }
}
env.socketTextStream('127.0.0.1', ${(server.address() as AddressInfo).port}).map(Unlucky).print();`).replace(/^const (source|numbers) .*\n/gm, ''));
    const { code, stdout, stderr } = await flink(['run', '-q', 'listening.ts']);
    expect(code, stderr).toBe(0);
    expect(stdout).toBe('1\n2\n5\n6\n');
  } finally {
    server.close();
  }
});
