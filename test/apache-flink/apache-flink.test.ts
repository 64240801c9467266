/**
 * Beside Apache Flink itself: its command line and ours, each with its cluster and with ours, and the answers of the two
 * clusters about the same job. Runs where `FLINK_TS_APACHE_FLINK` names a distribution.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApacheCluster, ask, type CommandOutput, startApacheCluster, until } from './apache-cluster.js';
import { fieldsOf, missingFields } from './compare-fields.js';
import { type OwnCluster, startOwnCluster } from './own-cluster.js';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'apache-flink-')));
let apache: ApacheCluster;
let own: OwnCluster;

beforeAll(async () => {
  for (const name of ['apache', 'own']) mkdirSync(join(folder, name));
  [apache, own] = await Promise.all([startApacheCluster(process.env['FLINK_TS_APACHE_FLINK']!, join(folder, 'apache')), startOwnCluster(join(folder, 'own'))]);
}, 120_000);
afterAll(async () => {
  await Promise.all([apache?.close(), own?.close()]);
  rmSync(folder, { recursive: true, force: true });
});

/** What differs from run to run. */
function comparable(lines: readonly string[]): string[] {
  return lines.map((line) => line
    .replaceAll(/\d\d\.\d\d\.\d{4} \d\d:\d\d:\d\d/g, '<time>')
    .replaceAll(/(file:)?\/\S*\/(savepoint-)[0-9a-f]{6}-[0-9a-f]{12}/g, '<folder>/$2…')
    .replaceAll(/[0-9a-f]{32}/g, '<id>')
    .replaceAll(/^(Checkpoint(\(FULL\))?) \d+ /g, '$1 <number> '));
}

type Cluster = 'apache' | 'own';
const clusterOf = (name: Cluster): ApacheCluster | OwnCluster => (name === 'apache' ? apache : own);
const address = (name: Cluster): string => new URL(clusterOf(name).url).host;
/** `client` with the cluster of `server`. */
const command = (client: Cluster, server: Cluster, words: readonly string[]): Promise<CommandOutput> => clusterOf(client).flink([...words, '-m', address(server)]);

const PAIRS = [['own', 'apache'], ['apache', 'own'], ['own', 'own']] as const;
const NAMES = { apache: 'Apache Flink’s', own: 'our' } as const;

describe('a command about a job that goes on', () => {
  const jobs: Partial<Record<Cluster, string>> = {};
  beforeAll(async () => {
    [jobs.apache, jobs.own] = await Promise.all([apache.submit(), own.submit()]);
  }, 60_000);
  afterAll(() => Promise.all((['apache', 'own'] as const).map((name) => ask(clusterOf(name).url, `/jobs/${jobs[name]}`, { method: 'PATCH' }))));

  it.each([
    ['list'], ['list -r'], ['list -s'], ['savepoint JOB'], ['savepoint -detached JOB'], [`savepoint -type native JOB ${folder}/native`], ['checkpoint JOB'], ['checkpoint -full JOB'],
  ])('says the same whoever asks whom: %s', async (words) => {
    const said = (client: Cluster, server: Cluster): Promise<CommandOutput> => command(client, server, words.split(' ').map((word) => (word === 'JOB' ? jobs[server]! : word)));
    const model = await said('apache', 'apache');
    expect(model.code).toBe(0);
    for (const [client, server] of PAIRS) {
      const { code, lines } = await said(client, server);
      expect([code, ...comparable(lines)], `${NAMES[client]} command line, ${NAMES[server]} cluster`).toEqual([0, ...comparable(model.lines)]);
    }
  });

  it('that fails says why, without the words of the other side’s language', async () => {
    const { code, lines } = await command('own', 'apache', ['savepoint', jobs.apache!, '/proc/nowhere']);
    expect([code, lines.slice(2)]).toEqual([2, [expect.stringMatching(/^Error \[CLUSTER_REFUSED\] An Exception occurred while triggering the checkpoint\. .*: Failed to create savepoint directory at \/proc\/nowhere$/), expect.stringContaining('hint')]]);
    const other = await command('apache', 'own', ['savepoint', jobs.own!, '/proc/nowhere']);
    expect([other.code, other.lines.find((line) => line.startsWith('Caused by'))]).toEqual([1, expect.stringMatching(/^Caused by: FlinkError: .*could not write into \/proc\/nowhere\/savepoint-/)]);
  });

  it('that is not there is told with those that are', async () => {
    const nowhere = '0'.repeat(32);
    expect((await command('own', 'apache', ['cancel', nowhere])).lines).toEqual([`Error [JOB_UNKNOWN] there is no job ${nowhere}`, `  hint     These run: ${jobs.apache} (Steady).`]);
    expect((await command('apache', 'own', ['cancel', nowhere])).lines.join('\n')).toContain(`RestClientException: [Job ${nowhere} not found]`);
  });

  it('of a savepoint that nobody needs any more deletes it, whoever asks whom', async () => {
    const taken = async (server: Cluster): Promise<string> => /Path: (\S+)/.exec((await command('own', server, ['savepoint', jobs[server]!])).lines.join('\n'))![1]!;
    const dispose = async (client: Cluster, server: Cluster): Promise<unknown[]> => {
      const path = await taken(server);
      const { code, lines } = await command(client, server, ['savepoint', '-d', path]);
      return [code, ...lines.map((line) => line.replace(path, '<path>'))];
    };
    const model = await dispose('apache', 'apache');
    expect(model[0]).toBe(0);
    for (const [client, server] of PAIRS) expect(await dispose(client, server), `${NAMES[client]} command line, ${NAMES[server]} cluster`).toEqual(model);
  });

  it('that would run a program on the other side’s cluster is refused with the reason', async () => {
    expect((await own.flink(['run', '-d', '-m', address('apache'), own.job])).lines.join('\n')).toContain('does not run programs of this engine: it is one of Apache Flink');
    expect((await apache.flink(['run', '-d', '-m', address('own'), apache.jar])).lines.join('\n')).toContain('a job graph of Java runs on Apache Flink only');
  });

  it('sent to a port where nobody listens says so', async () => {
    expect((await own.flink(['list', '-m', 'localhost:9'])).lines).toEqual(['Waiting for response...', expect.stringContaining('Error [CONNECTION] there is no cluster at http://localhost:9: '), expect.stringContaining('hint')]);
  });
});

describe('a command that ends a job', () => {
  it.each([
    ['stop JOB', 'FINISHED'], [`stop -d -type native -p ${folder}/drained JOB`, 'FINISHED'], ['stop -detached JOB', 'FINISHED'], ['cancel JOB', 'CANCELED'], ['cancel -s JOB', 'CANCELED'],
  ])('says and does the same whoever asks whom: %s', async (words, state) => {
    const said = async (client: Cluster, server: Cluster): Promise<unknown[]> => {
      const job = await clusterOf(server).submit();
      const { code, lines } = await command(client, server, words.split(' ').map((word) => (word === 'JOB' ? job : word)));
      await until(async () => (await ask(clusterOf(server).url, `/jobs/${job}/status`)).status === state, 20_000, () => `${job} at ${server}: ${lines.join('\n')}`);
      const again = await command(client, server, ['cancel', job]);
      return [code, again.code === 0, ...comparable(lines)];
    };
    const model = await said('apache', 'apache');
    expect(model.slice(0, 2)).toEqual([0, state === 'CANCELED']);
    for (const [client, server] of PAIRS) expect(await said(client, server), `${NAMES[client]} command line, ${NAMES[server]} cluster`).toEqual(model);
  }, 120_000);

  it('leaves a job that is listed', async () => {
    const states = async (client: Cluster, server: Cluster): Promise<string[]> => (await command(client, server, ['list', '-a'])).lines.map((line) => /: Steady (\(\w+\))$/.exec(line)?.[1] ?? line);
    expect(await states('own', 'apache')).toEqual(await states('apache', 'apache'));
    expect(await states('own', 'own')).toEqual(await states('apache', 'own'));
    expect(await states('own', 'own')).toEqual(await states('apache', 'apache'));
  });
});

/** Endpoints of Flink that are left out, with the reason. */
const LEFT_OUT: Readonly<Record<string, RegExp>> = {
  'their requests are serialised objects of Java': /^POST \/jobs\/:jobid\/coordinators\//,
  'they are off in Flink unless switched on, and profile a JVM': /\/profiler/,
  'they change something by GET': /\/yarn-(cancel|stop) /,
};

describe('the endpoints', () => {
  it('are those of Flink, with its statuses and parameters', async () => {
    const { paths } = (await ask(own.url, '/openapi.json')) as { paths: Record<string, Record<string, { parameters: { in: string; name: string }[]; responses: Record<string, object> }>> };
    const ours = new Map(Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, { parameters, responses }]) => {
      const query = parameters.filter((one) => one.in === 'query').map(({ name }) => name);
      return [`${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`, { query, statuses: Object.keys(responses) }] as const;
    })));
    const theirs = apache.endpoints();
    expect(theirs.length).toBeGreaterThan(80);
    const missing = theirs.filter((line) => {
      const [method, path, status, query = ''] = line.split(' ');
      const own = ours.get(`${method} ${path}`);
      return !own?.statuses.includes(status!) || query.split(',').some((name) => name !== '' && !own.query.includes(name));
    });
    expect(missing.filter((line) => !Object.values(LEFT_OUT).some((reason) => reason.test(line)))).toEqual([]);
  });
});

/** Of this engine alone. */
const OWN_PATHS = new Set(['/metrics', '/metrics/samples', '/jobs/{jobid}/standstill']);
/** How the answers of our cluster may differ, with the reason. */
const REASONS: Readonly<Record<string, RegExp>> = {
  'a figure that Flink does not know is the text "NaN" there': /(accumulated-busy-time|\.p\d+) is number, not string$/,
  'fields of a checkpoint that failed, which only one of the clusters has seen': /\.failure_(timestamp|message) \(/,
  'the parallelism is told; Flink answers with an error inside unless its scheduler is the adaptive one': /^\S+\/resource-requirements: status 200, not 500$/,
  'the same holds for a job that has ended, and for the endpoints of rescaling that refuse whatever they are asked': /^\S+\/(resource-requirements|rescaling\/\{triggerid\}): status 404, not 50[03]$/,
  'a bundle that is not there is an error of the request, not of the server': /^\/jars\/\{jarid\}\/plan: status 404, not 500$/,
};

/** The same for a job that has ended. */
const REASONS_WHEN_ENDED: typeof REASONS = {
  ...REASONS,
  'how its tasks spent their time is not told any more; Flink forgets it a little later': /\/backpressure: (back|end-timestamp|subtasks)/,
};

describe('the answers of the two clusters about the same job', () => {
  let asked = 0;
  const plans: unknown[] = [];
  const differences: { whileItRuns: string[]; ended: string[] } = { whileItRuns: [], ended: [] };
  beforeAll(async () => {
    const jobs = { apache: await apache.submit(), own: await own.submit() };
    const parameters = { apache: await parametersOf('apache', jobs.apache), own: await parametersOf('own', jobs.own) };
    const { paths } = (await ask(own.url, '/openapi.json')) as { paths: Record<string, Record<string, { responses: Record<string, { content?: object }> }>> };
    const readable = Object.entries(paths).filter(([path, { get }]) => get && !OWN_PATHS.has(path) && 'application/json' in (get.responses['200']?.content ?? {})).map(([path]) => path);
    asked = readable.length;
    for (const name of ['apache', 'own'] as const) plans.push(byId((await ask(clusterOf(name).url, `/jobs/${jobs[name]}/plan`)).plan.nodes));
    differences.whileItRuns = await differencesOf(readable, parameters, REASONS);
    for (const name of ['apache', 'own'] as const) {
      await ask(clusterOf(name).url, `/jobs/${jobs[name]}`, { method: 'PATCH' });
      await until(async () => (await ask(clusterOf(name).url, `/jobs/${jobs[name]}/status`)).status === 'CANCELED', 20_000);
    }
    differences.ended = await differencesOf(readable.filter((path) => path.startsWith('/jobs/{jobid}')), parameters, REASONS_WHEN_ENDED);
  }, 180_000);

  it('have the same fields, of the same types, while it runs', () => {
    expect(differences.whileItRuns).toEqual([]);
    expect(asked).toBeGreaterThan(50);
  });
  it('tell the same plan', () => expect(plans[1]).toEqual(plans[0]));
  it('have the same fields, of the same types, when it has ended', () => expect(differences.ended).toEqual([]));
});

/** Flink begins with the sinks. */
function byId(nodes: { id: string }[]): { id: string }[] {
  return nodes.sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function differencesOf(paths: readonly string[], parameters: Readonly<Record<Cluster, Parameters>>, reasons: typeof REASONS): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    const [theirs, ours] = await Promise.all((['apache', 'own'] as const).map((name) => answerOf(name, path, parameters[name])));
    if (theirs!.status !== ours!.status) found.push(`${path}: status ${ours!.status}, not ${theirs!.status}`);
    else if (theirs!.status === 200) found.push(...missingFields(fieldsOf(theirs!.json), fieldsOf(ours!.json)).map((field) => `${path}: ${field}`));
  }
  return found.filter((difference) => !Object.values(reasons).some((reason) => reason.test(difference)));
}

type Parameters = Readonly<Record<string, string>>;

/** What there is for the parameters of paths. The job has been looked at long enough for its accumulators to be known. */
async function parametersOf(name: Cluster, job: string): Promise<Parameters> {
  const { url } = clusterOf(name);
  const operate = async (path: string, body: object, method = 'POST', statusPath = path): Promise<string> => {
    const { 'request-id': trigger } = await ask(url, path, { method, ...(method === 'POST' ? { body: JSON.stringify(body) } : {}) });
    await until(() => ask(url, `${statusPath}/${trigger}`).then(({ status }) => status.id === 'COMPLETED'), 30_000);
    return trigger as string;
  };
  const checkpoint = await operate(`/jobs/${job}/checkpoints`, {});
  const savepoint = await operate(`/jobs/${job}/savepoints`, {});
  const disposal = await operate('/savepoint-disposal', { 'savepoint-path': join(folder, 'nowhere') });
  const deleted = await operate(`/datasets/${'0'.repeat(32)}`, {}, 'DELETE', '/datasets/delete');
  const { vertices } = await ask(url, `/jobs/${job}`);
  const vertexid = vertices.find((vertex: { name: string }) => vertex.name.startsWith('Count')).id as string;
  await until(() => ask(url, `/jobs/${job}/accumulators`).then((known) => known['user-task-accumulators'].length > 0), 60_000);
  const { latest } = await ask(url, `/jobs/${job}/checkpoints`);
  const { taskmanagers } = await ask(url, '/taskmanagers');
  return {
    jobid: job, vertexid, subtaskindex: '0', attempt: '0', checkpointid: String(latest.completed.id), taskmanagerid: encodeURIComponent(taskmanagers[0].id as string), jarid: 'none',
    filename: 'none', '/checkpoints/': checkpoint, '/savepoints/': savepoint, '/savepoint-disposal/': disposal, '/datasets/': deleted,
  };
}

async function answerOf(name: Cluster, path: string, parameters: Parameters): Promise<{ status: number; json: unknown }> {
  const trigger = Object.keys(parameters).find((part) => part.startsWith('/') && path.includes(part)) ?? '';
  const answer = await fetch(`${clusterOf(name).url}${path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => parameters[parameter === 'triggerid' ? trigger : parameter] ?? '0'.repeat(32))}`);
  return { status: answer.status, json: await answer.json() };
}
