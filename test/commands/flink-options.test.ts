/** Flink's options, in all its spellings, at every action that speaks to a cluster; and Flink's lines. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { job, workspace } from './flink.js';

const { file, flink } = workspace();

const JOB = '7684be6004e4e955c2a558a9bc463f65';
const OTHER = '76841be004e4e955c2a558a9bc463f65';
const TRIGGER = 'a89f7f5a2a7a2a9ba1c04d9d7d8f4b34';

/** Whether operations never come to an end. */
let slow = false;
const asked: string[] = [];
let server: Server;
let address: string;

beforeAll(async () => {
  const overview = (jid: string, name: string, state: string, end: number): object => ({ jid, name, state, 'start-time': 1_700_000_000_000, 'end-time': end, duration: 5, 'last-modification': 1, tasks: { total: 1 } });
  const status = (operation: object): object => ({ status: { id: slow ? 'IN_PROGRESS' : 'COMPLETED' }, ...(slow ? {} : { operation }) });
  const answers: Record<string, () => object> = {
    'GET /jobs/overview': () => ({ jobs: [overview(JOB, 'Words', 'RUNNING', -1), overview(OTHER, 'Twins', 'CREATED', -1), overview('f'.repeat(32), 'Old', 'FINISHED', 9)] }),
    [`PATCH /jobs/${JOB}?mode=cancel`]: () => ({}),
    [`POST /jobs/${JOB}/savepoints`]: () => ({ 'request-id': TRIGGER }),
    [`POST /jobs/${JOB}/stop`]: () => ({ 'request-id': TRIGGER }),
    [`POST /jobs/${JOB}/checkpoints`]: () => ({ 'request-id': TRIGGER }),
    [`GET /jobs/${JOB}/savepoints/${TRIGGER}`]: () => status({ location: 'file:/saves/savepoint-7684be-1' }),
    [`GET /jobs/${JOB}/checkpoints/${TRIGGER}`]: () => status({ checkpointId: 7 }),
    'POST /savepoint-disposal': () => ({ 'request-id': TRIGGER }),
    [`GET /savepoint-disposal/${TRIGGER}`]: () => status({}),
  };
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text)).on('end', () => {
      const what = `${request.method} ${request.url}`;
      if (request.method !== 'GET') asked.push(`${what} ${body}`.trim());
      response.writeHead(what in answers ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(answers[what]?.() ?? { errors: ['Not found.'] }));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const [host, port] = [(): string => address.split(':')[0]!, (): string => address.split(':')[1]!];

describe('every action', () => {
  it.each([
    ['list', ['-r'], ''],
    ['cancel', [JOB], `PATCH /jobs/${JOB}?mode=cancel`],
    ['stop', ['-p', '/saves', JOB], `POST /jobs/${JOB}/stop {"targetDirectory":"/saves","formatType":"CANONICAL","drain":false}`],
    ['savepoint', [JOB, '/saves'], `POST /jobs/${JOB}/savepoints {"target-directory":"/saves","formatType":"CANONICAL"}`],
    ['checkpoint', [JOB], `POST /jobs/${JOB}/checkpoints {"checkpointType":"CONFIGURED"}`],
  ] as const)('%s takes -D, -t, -e, -z and -v, and options behind its words', async (action, words, request) => {
    asked.length = 0;
    const { code, stderr } = await flink([action, '-Drest.address=127.0.0.1', '-D', `rest.port=${port()}`, '-t', 'remote', '-z', 'mine', ...words, '-v']);
    expect([code, stderr.includes('Error')], stderr).toEqual([0, false]);
    expect(asked).toEqual(request === '' ? [] : [request]);
    expect((await flink([action, '-e', 'yarn-session', ...words])).stderr).toContain('execution.target is "yarn-session" (-t), but must be local or remote');
  });

  it('looks at -m no more where a target is given, as in Flink', async () => {
    const { code, stderr } = await flink(['list', '-t', 'remote', '-m', address]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('[NEEDS_CLUSTER]')]);
    expect((await flink(['list', '-m', `${host()}:1`, '-D', `rest.address=127.0.0.1`])).stderr).toContain(`there is no cluster at http://${host()}:1`);
  });
});

describe('stop, savepoint, checkpoint and cancel say what Flink says', () => {
  const cases: readonly (readonly [line: string, requests: string, stdout: string, stderr: string])[] = [
    [`stop -d -type native ${JOB}`, `POST /jobs/${JOB}/stop {"formatType":"NATIVE","drain":true}`, 'Savepoint completed. Path: file:/saves/savepoint-7684be-1\n',
      `Draining job "${JOB}" with a NATIVE savepoint.\nTriggering stop-with-savepoint for job ${JOB}.\nWaiting for response...\n`],
    [`stop -type NATIVE ${JOB}`, `POST /jobs/${JOB}/stop {"formatType":"NATIVE","drain":false}`, 'Savepoint completed. Path: file:/saves/savepoint-7684be-1\n',
      `Suspending job "${JOB}" with a NATIVE savepoint.\nTriggering stop-with-savepoint for job ${JOB}.\nWaiting for response...\n`],
    [`stop -detached ${JOB}`, `POST /jobs/${JOB}/stop {"formatType":"CANONICAL","drain":false}`, `Successfully trigger stop-with-savepoint in detached mode, triggerId: ${TRIGGER}\n`,
      `Suspending job "${JOB}" with a CANONICAL savepoint.\nTriggering stop-with-savepoint in detached mode for job ${JOB}.\n`],
    [`savepoint -detached ${JOB} /saves`, `POST /jobs/${JOB}/savepoints {"target-directory":"/saves","formatType":"CANONICAL"}`, `Successfully trigger manual savepoint, triggerId: ${TRIGGER}\n`, `Triggering savepoint in detached mode for job ${JOB}.\n`],
    [`savepoint ${JOB} /saves more and more`, `POST /jobs/${JOB}/savepoints {"target-directory":"/saves","formatType":"CANONICAL"}`, 'Savepoint completed. Path: file:/saves/savepoint-7684be-1\n',
      `Provided more arguments than required. Ignoring not needed arguments.\nTriggering savepoint for job ${JOB}.\nWaiting for response...\nYou can resume your program from this savepoint with the run command.\n`],
    ['savepoint --dispose=/saves/savepoint-1 -j some.jar', 'POST /savepoint-disposal {"savepoint-path":"/saves/savepoint-1"}', '', "Disposing savepoint '/saves/savepoint-1'.\nWaiting for response...\nSavepoint '/saves/savepoint-1' disposed.\n"],
    [`checkpoint -full ${JOB}`, `POST /jobs/${JOB}/checkpoints {"checkpointType":"FULL"}`, `Checkpoint(FULL) 7 for job ${JOB} completed.\n`,
      `Triggering checkpoint for job ${JOB}.\nWaiting for response...\nYou can resume your program from this checkpoint with the run command.\n`],
    [`cancel -s ${JOB}`, `POST /jobs/${JOB}/savepoints {"formatType":"CANONICAL","cancel-job":true}`, `Cancelled job ${JOB}. Savepoint stored in file:/saves/savepoint-7684be-1.\n`,
      `DEPRECATION WARNING: Cancelling a job with savepoint is deprecated. Use "stop" instead.\nCancelling job ${JOB} with CANONICAL savepoint to default savepoint directory.\n`],
    [`cancel -s -v ${JOB}`, `POST /jobs/${JOB}/savepoints {"formatType":"CANONICAL","cancel-job":true}`, `Cancelled job ${JOB}. Savepoint stored in file:/saves/savepoint-7684be-1.\n`,
      `DEPRECATION WARNING: Cancelling a job with savepoint is deprecated. Use "stop" instead.\nCancelling job ${JOB} with CANONICAL savepoint to default savepoint directory.\n`],
    [`stop ${JOB} -p`, `POST /jobs/${JOB}/stop {"formatType":"CANONICAL","drain":false}`, 'Savepoint completed. Path: file:/saves/savepoint-7684be-1\n',
      `Suspending job "${JOB}" with a CANONICAL savepoint.\nTriggering stop-with-savepoint for job ${JOB}.\nWaiting for response...\n`],
    ['cancel 7684be', `PATCH /jobs/${JOB}?mode=cancel`, '', `Cancelling job ${JOB}.\nCancelled job ${JOB}.\n`],
  ];
  it.each(cases)('%s', async (line, request, stdout, stderr) => {
    asked.length = 0;
    expect(await flink([...line.split(' '), '-m', address])).toEqual({ code: 0, stdout, stderr });
    expect(asked).toEqual([request]);
  });

  it.each([
    ['stop', 'Missing JobId'], ['cancel', 'Missing JobID. Specify a JobID to cancel a job.'], ['savepoint', 'Missing JobID. Specify a Job ID to trigger a savepoint.'],
    ['checkpoint', 'Missing JobID. Specify a Job ID to manipulate a checkpoint.'],
  ])('%s without a job', async (action, message) => {
    expect(await flink([action, '-m', address])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(`Error [USAGE] ${message}\n`) as string });
  });

  it('lists the jobs that an ambiguous beginning means', async () => {
    expect(await flink(['cancel', '7684', '-m', address])).toMatchObject({ code: 2, stderr: expect.stringContaining(`"7684" means 2 jobs: ${JOB} (Words), ${OTHER} (Twins)`) as string });
  });
});

describe('an operation that takes longer than client.timeout', () => {
  it.each([['--timeout=300ms'], ['-Dclient.timeout=300ms']])('is given up with %s, and goes on in the cluster', async (option) => {
    slow = true;
    try {
      expect(await flink(['savepoint', option, '-m', address, JOB])).toEqual({
        code: 1, stdout: '',
        stderr: `Triggering savepoint for job ${JOB}.\nWaiting for response...\nError [TIMEOUT] /jobs/${JOB}/savepoints is not over after 300 ms\n  hint     It goes on in the cluster and may still come to its end; allow more time with --timeout (client.timeout).\n`,
      });
    } finally {
      slow = false;
    }
  });
});

describe('flink run and flink info', () => {
  it('take the program by -j, and what stands alone is its argument', async () => {
    file('numbers.ts', job('if (process.argv[2] === "ten") numbers.print();\nelse numbers.filter(() => false).print();'));
    expect((await flink(['run', '-q', '-j', 'numbers.ts', 'ten'])).stdout.split('\n').length).toBe(11);
    expect((await flink(['run', '-q', '-j', 'numbers.ts', '-a', 'ten', '-p', 'x'])).stdout.split('\n').length).toBe(11);
    expect((await flink(['info', '-d', '-sae', '-t', 'remote', '-m', 'nowhere:1', '-z', 'mine', '--js', '-jarfile', 'numbers.ts'])).code).toBe(0);
  });

  it.each([['-C', 'Java'], ['--classpath=file:/x.jar', 'Java'], ['-py', 'Python'], ['-pyModule', 'Python']])('say that %s is for %s', async (option, language) => {
    expect(await flink(['run', option, 'word', 'numbers.ts'])).toMatchObject({ code: 2, stderr: expect.stringContaining(`Error [USAGE] flink run has no ${option.replace(/=.*/, '')}: that is for programs in ${language}\n`) as string });
  });

  it('run here where the target is local, whatever -m names', async () => {
    expect((await flink(['run', '-q', '-t', 'local', '-m', 'nowhere:1', 'numbers.ts', 'ten'])).stdout.split('\n').length).toBe(11);
  });

  it('say that restoreMode has another name now', async () => {
    const { code, stderr } = await flink(['run', '-rm', 'claim', '-s', 'nowhere', 'numbers.ts']);
    expect([code, stderr.split('\n')[0]]).toEqual([2, "The option 'restoreMode' is deprecated. Please use 'claimMode' instead."]);
  });
});
