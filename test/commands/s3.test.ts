/**
 * Jobs whose checkpoints, savepoints, input and output are in S3, run by the command line: stopped, killed, recovered and
 * restored, with trouble on the way; every result is there once.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FaultProxy } from '../s3/fault-proxy.js';
import { S3Server } from '../s3/s3-server.js';
import { ended, type Run, workspace } from './flink.js';

const { path, flink, start, file } = workspace();
const jobFile = fileURLToPath(new URL('../../jobs/exactly-once-files.ts', import.meta.url));
const COUNT = 12_000;
/** Numbers a second, for a job that is to be found running, and for one that is to end. */
const [SLOW, FAST] = ['400', '1000000'];

let server: S3Server;
let proxy: FaultProxy;
beforeAll(async () => {
  server = await S3Server.start();
  proxy = await FaultProxy.before(server);
});
beforeEach(() => {
  server.buckets.set('test', { objects: new Map(), uploads: new Map() });
  server.credentials.length = 1;
  proxy.trouble = () => 'pass';
  writeFileSync(join(path, 'config.yaml'), [
    's3.endpoint: ' + proxy.endpoint, 's3.path.style.access: true', 'execution.checkpointing.dir: s3://test/checkpoints', 'execution.checkpointing.savepoint-dir: s3a://test/saves',
    'execution.checkpointing.data-inline-threshold: 0kb', 'restart-strategy: {type: fixed-delay, fixed-delay: {attempts: 100, delay: 100 ms}}', '',
  ].join('\n'));
});
afterAll(async () => {
  await proxy.close();
  await server.close();
});

const keys = { AWS_ACCESS_KEY_ID: 'test-key', AWS_SECRET_ACCESS_KEY: 'test/secret+key' };
const words = (rate: string, ...options: readonly string[]): string[] => ['run', '-q', ...options, jobFile, '--output', 's3://test/out', '--count', String(COUNT), '--rate', rate];
const run = (command: readonly string[]): Promise<Run> => flink(command, { environment: keys });

/** Numbers of the complete checkpoints that are there. */
function checkpoints(): number[] {
  return server.keys().flatMap((key) => Number(/\/chk-(\d+)\/_metadata$/.exec(key)?.[1] ?? Number.NaN)).filter((id) => !Number.isNaN(id));
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => void setTimeout(resolve, 10));
}

/** Every result there is, and that each is there once. */
function expectExactlyOnce(): void {
  const lines = server.keys().filter((key) => key.startsWith('out/part-')).flatMap((key) => server.text(key).split('\n').filter(Boolean));
  expect(lines.sort()).toEqual(Array.from({ length: COUNT }, (_, at) => `${at % 10},${Math.floor(at / 10) + 1}`).sort());
}

describe('a job with its checkpoints and its output in S3', () => {
  it.each([
    { state: 'in memory, barriers that overtake', options: ['-D', 'execution.checkpointing.unaligned.enabled=true'] },
    { state: 'on disk, in incremental checkpoints', options: ['-D', 'state.backend.type=level', '-D', 'execution.checkpointing.incremental=true'] },
  ])('is killed again and again and recovers, while requests and answers are lost: state $state', async ({ options }) => {
    const trouble = ['lost', 503, 'cut', 500, 'slow', 'refused'] as const;
    let requests = 0;
    proxy.trouble = () => (++requests % 9 === 0 ? trouble[(requests / 9) % trouble.length]! : 'pass');
    for (let kill = 0; kill < 2; kill++) {
      const before = Math.max(0, ...checkpoints());
      const child = start(words(SLOW, '--recover', '-p', '2', ...options), keys);
      await until(() => Math.max(0, ...checkpoints()) >= before + 2);
      child.kill('SIGKILL');
      await ended(child);
    }
    expect(await run(words(FAST, '--recover', '-p', '2', ...options))).toEqual({ code: 0, stdout: '', stderr: '' });
    expectExactlyOnce();
    expect(server.underWay().filter((key) => key.startsWith('checkpoints/'))).toEqual([]);
  }, 120_000);

  it('stops with a savepoint, which is looked into, gone on from, and disposed of', async () => {
    const child = ended(start(words(SLOW), keys));
    await until(() => checkpoints().length > 0);
    const stopped = await run(['stop', 'Exactly-once files', '-p', 's3a://test/saves', '--json']);
    expect(stopped.code, stopped.stderr).toBe(0);
    expect((await child).code).toBe(0);
    const savepoint = (JSON.parse(stopped.stdout) as { location: string }).location;
    expect(savepoint).toMatch(/^s3:\/\/test\/saves\/savepoint-[0-9a-f]{6}-[0-9a-f]{12}$/);
    const listed = await run(['state', 'ls', '--json', `${savepoint.replace('s3:', 's3p:')}/_metadata`]);
    expect(JSON.parse(listed.stdout)).toMatchObject({ path: savepoint, kind: 'savepoint', jobName: 'Exactly-once files' });
    expect((await run(['state', 'diff', savepoint, savepoint])).stderr).toBe('The two snapshots hold the same state.\n');
    const dry = await run(words(FAST, '--dry-run', '-s', savepoint));
    expect([dry.code, dry.stdout]).toEqual([0, expect.stringContaining('(uid count)')]);
    expect(await run(words(FAST, '-s', savepoint, '-p', '2'))).toEqual({ code: 0, stdout: '', stderr: '' });
    expectExactlyOnce();
    expect(await run(['savepoint', '-q', '-d', savepoint])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(server.keys().filter((key) => key.startsWith('saves/'))).toEqual([]);
  }, 120_000);

  it('goes on from a checkpoint that was retained, named by its file', async () => {
    const child = ended(start(words(SLOW, '-D', 'execution.checkpointing.externalized-checkpoint-retention=RETAIN_ON_CANCELLATION'), keys));
    await until(() => checkpoints().length > 0);
    await run(['cancel', 'Exactly-once files']);
    expect((await child).code).toBe(130);
    const metadata = server.keys().find((key) => key.endsWith('/_metadata'))!;
    expect(metadata).toMatch(/^checkpoints\/[0-9a-f]{32}\/chk-\d+\/_metadata$/);
    expect(await run(words(FAST, '-s', `s3://test/${metadata}`))).toEqual({ code: 0, stdout: '', stderr: '' });
    expectExactlyOnce();
  }, 120_000);

  it('outlives credentials that expire while it runs', async () => {
    const profile = (key: string): void => {
      server.credentials.push({ accessKeyId: key, secretAccessKey: 'secret', sessionToken: `token of ${key}` });
      mkdirSync(join(path, '.aws'), { recursive: true });
      writeFileSync(join(path, '.aws', 'credentials'), `[default]\naws_access_key_id = ${key}\naws_secret_access_key = secret\naws_session_token = token of ${key}\n`);
    };
    profile('first');
    const child = start(words('4000').filter((word) => word !== '-q'));
    const over = ended(child);
    let said = '';
    child.stderr!.on('data', (text) => (said += text));
    await until(() => checkpoints().length > 0);
    server.credentials.at(-1)!.expired = true;
    await until(() => said.includes('ExpiredToken'));
    profile('second');
    const { code, stderr } = await over;
    expect([code, stderr], stderr).toEqual([0, expect.stringContaining('ExpiredToken')]);
    expectExactlyOnce();
  }, 120_000);

  it('does not start when its checkpoints cannot be kept, and says what to check', async () => {
    const refused = await flink(words(FAST), { environment: { ...keys, AWS_SECRET_ACCESS_KEY: 'wrong' } });
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/CHECKPOINT_STORAGE.*s3:\/\/test\/checkpoints\/[0-9a-f]{32}\/shared: PutObject of .* failed: 403 SignatureDoesNotMatch[\s\S]*AWS_SECRET_ACCESS_KEY/)]);
    expect(server.keys()).toEqual([]);
  });
});

describe('flink state', () => {
  it('reaches S3 as -D says', async () => {
    writeFileSync(join(path, 'config.yaml'), '');
    const missing = await run(['state', 'ls', 's3://test/nowhere', '-D', `s3.endpoint=${server.endpoint}`]);
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('there is no snapshot at s3://test/nowhere')]);
  });
});

describe('a job that reads from S3', () => {
  it('counts the words of every object that matches', async () => {
    server.put('in/a.txt', 'to be or not\n');
    server.put('in/b.txt', 'to be');
    server.put('in/c.csv', 'other');
    const name = file('words.ts', `import { StreamExecutionEnvironment } from 'flink-ts';
const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.readTextFile('s3://test/in/*.txt').flatMap((line, out) => { for (const word of line.split(' ')) out.collect(word); }).print();
await env.execute('Words');
`);
    const { code, stdout, stderr } = await run(['run', '-q', name]);
    expect([code, stderr, stdout.split('\n').filter(Boolean).sort()]).toEqual([0, '', ['be', 'be', 'not', 'or', 'to', 'to']]);
  });
});
