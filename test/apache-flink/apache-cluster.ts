/**
 * A cluster of Apache Flink in processes of its own, its command line, and a job for it.
 *
 * `FLINK_TS_APACHE_FLINK` names the folder of a distribution: its jars are in `lib`. Java and its compiler are found on the
 * path.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface ApacheCluster {
  /** `http://localhost:…` */
  readonly url: string;
  /** What Flink's own command line says, without what Java says of itself. To speak to another cluster takes `-m`. */
  flink(words: readonly string[]): Promise<CommandOutput>;
  /** Its endpoints: `GET /jobs/metrics 200 agg,get,jobs`. */
  endpoints(): string[];
  /** Path of the job's jar. */
  readonly jar: string;
  /** Starts the job of `SteadyJob.java` and answers with its id when all its tasks run. */
  submit(): Promise<string>;
  close(): Promise<void>;
}

export interface CommandOutput {
  readonly code: number | null;
  readonly lines: readonly string[];
}

const SLOTS = 8;
const MEMORY = {
  'jobmanager.memory.process.size': '700m',
  'taskmanager.cpu.cores': '1', 'taskmanager.memory.task.heap.size': '128m', 'taskmanager.memory.task.off-heap.size': '0', 'taskmanager.memory.managed.size': '32m',
  'taskmanager.memory.network.min': '64m', 'taskmanager.memory.network.max': '64m', 'taskmanager.memory.framework.heap.size': '64m', 'taskmanager.memory.framework.off-heap.size': '64m',
  'taskmanager.memory.jvm-metaspace.size': '128m', 'taskmanager.memory.jvm-overhead.min': '64m', 'taskmanager.memory.jvm-overhead.max': '64m',
};
/** A quick start rather than fast code, and what Flink opens of Java's modules. */
const JAVA = [
  '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx256m', '-Dlog4j2.disable.jmx=true',
  ...['lang', 'net', 'io', 'nio', 'lang.reflect', 'text', 'time', 'util', 'util.concurrent', 'util.concurrent.atomic'].map((name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`),
  '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED', '--add-exports=java.rmi/sun.rmi.registry=ALL-UNNAMED',
];
const OF_JAVA = /^(SLF4J|WARNING|Picked up)/;

/** @param folder for everything that it writes. */
export async function startApacheCluster(distribution: string, folder: string): Promise<ApacheCluster> {
  const classPath = readdirSync(join(distribution, 'lib')).filter((name) => /^(flink-dist|log4j)/.test(name)).map((name) => join(distribution, 'lib', name)).join(':');
  const [port, rpcPort] = [await freePort(), await freePort()];
  const conf = join(folder, 'conf');
  mkdirSync(conf, { recursive: true });
  writeFileSync(join(conf, 'log4j.properties'), log4j('INFO'));
  writeFileSync(join(conf, 'client.properties'), log4j('OFF'));
  writeFileSync(join(conf, 'config.yaml'), Object.entries({
    'rest.port': port, 'rest.address': 'localhost', 'rest.bind-address': 'localhost', 'jobmanager.rpc.address': 'localhost', 'jobmanager.rpc.port': rpcPort, 'taskmanager.host': 'localhost',
    'taskmanager.numberOfTaskSlots': SLOTS, 'execution.checkpointing.interval': '1h', 'execution.checkpointing.dir': `file://${folder}/checkpoints`,
    'execution.checkpointing.savepoint-dir': `file://${folder}/saves`, ...MEMORY,
  }).map(([key, value]) => `${key}: ${value}\n`).join(''));
  const daemons = [
    daemon('org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint', 'jobmanager'), daemon('org.apache.flink.runtime.taskexecutor.TaskManagerRunner', 'taskmanager'),
  ];
  const url = `http://localhost:${port}`;
  const close = async (): Promise<void> => {
    const gone = daemons.map((child) => new Promise((resolve) => void (child.exitCode === null ? child.once('exit', resolve) : resolve(undefined))));
    for (const child of daemons) child.kill('SIGKILL');
    await Promise.all(gone);
  };
  await until(() => ask(url, '/overview').then((overview) => overview['slots-total'] === SLOTS, () => false), 90_000, () => readFileSync(join(folder, 'jobmanager.log'), 'utf8').slice(-2_000)).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const classes = join(folder, 'classes');
  mkdirSync(classes);
  const sources = ['SteadyJob', 'ListEndpoints'].map((name) => fileURLToPath(new URL(`${name}.java`, import.meta.url)));
  execFileSync('javac', ['-nowarn', '-d', classes, '-cp', classPath, ...sources], { stdio: 'pipe' });
  execFileSync('jar', ['cfe', join(folder, 'steady.jar'), 'SteadyJob', '-C', classes, '.']);
  const path = join(folder, 'steady.jar');
  const jar = upload(url, path);
  return {
    url, close, jar: path,
    flink: (words) => run('java', [...JAVA, `-Dlog4j.configurationFile=file://${conf}/client.properties`, '-cp', classPath, 'org.apache.flink.client.cli.CliFrontend', ...words], { ...process.env, FLINK_CONF_DIR: conf }),
    endpoints() {
      const dist = classPath.split(':').find((path) => /flink-dist[^/]*$/.test(path))!;
      return execFileSync('java', [...JAVA, '-cp', `${classPath}:${classes}`, 'ListEndpoints', dist], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim().split('\n');
    },
    async submit() {
      const { jobid } = await ask(url, `/jars/${await jar}/run`, { method: 'POST' });
      await until(() => ask(url, '/jobs/overview').then(({ jobs }) => jobs.some(({ jid, tasks }: { jid: string; tasks: Record<string, number> }) => jid === jobid && tasks['running'] === tasks['total'])), 30_000);
      return jobid as string;
    },
  };

  function daemon(main: string, name: string): ChildProcess {
    const log = openSync(join(folder, `${name}.log`), 'a');
    return spawn('java', [...JAVA, `-Dlog4j.configurationFile=file://${conf}/log4j.properties`, `-Dlog.file=${folder}/${name}.log`, '-cp', classPath, main, '--configDir', conf], { stdio: ['ignore', log, log] });
  }
}

function log4j(level: string): string {
  return `rootLogger.level = ${level}\nrootLogger.appenderRef.console.ref = Console\nappender.console.name = Console\nappender.console.type = CONSOLE\nappender.console.layout.type = PatternLayout\nappender.console.layout.pattern = %d %p %c - %m%n\n`;
}

async function upload(url: string, path: string): Promise<string> {
  const form = new FormData();
  form.append('jarfile', new File([readFileSync(path)], 'steady.jar', { type: 'application/x-java-archive' }));
  const { filename } = await ask(url, '/jars/upload', { method: 'POST', body: form });
  return (filename as string).split('/').at(-1)!;
}

/** Runs a command whose streams are one, so that lines come in their order. */
export function run(command: string, words: readonly string[], env: NodeJS.ProcessEnv): Promise<CommandOutput> {
  const child = spawn('sh', ['-c', 'exec "$0" "$@" 2>&1', command, ...words], { env });
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
    child.on('error', reject).on('close', (code) => resolve({ code, lines: text.split('\n').filter((line) => line !== '' && !OF_JAVA.test(line)) }));
  });
}

// What a cluster answers is what the tests look at.
export async function ask(url: string, path: string, init?: RequestInit): Promise<any> {
  const answer = await fetch(`${url}${path}`, init);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}

export async function until(what: () => Promise<boolean>, patienceMs: number, told: () => string = () => ''): Promise<void> {
  for (const began = Date.now(); !(await what()); await new Promise((resolve) => setTimeout(resolve, 100))) {
    if (Date.now() - began > patienceMs) throw new Error(`it did not come to that within ${patienceMs} ms. ${told()}`);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
