/**
 * Runs `steered-job.ts`, or another such job, as a process of its own on a machine with something wrong: a disk of its own that is too small,
 * a clock that goes back, a disk that takes its time.
 *
 * The small disk is a file system in memory, mounted in a namespace of the process: nobody else sees it, no right is
 * needed for it, and it is gone with the process.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';
import { ended, type Run } from '../commands/flink.js';
import { removeFolder } from '../remove-folder.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const faults = fileURLToPath(new URL('machine-faults.cjs', import.meta.url));

export const COUNT = 40_000;
const KEYS = 7;
const WINDOW = 100;

/** What the job's files hold in the end, sorted. */
export function expectedLines(): string[] {
  const lines: string[] = [];
  for (let start = 0; start < COUNT; start += WINDOW) {
    for (let key = 0; key < KEYS; key++) {
      const numbers = Array.from({ length: WINDOW }, (_, at) => start + at).filter((n) => n % KEYS === key);
      lines.push(`${key},${start},${numbers.length},${numbers.reduce((sum, n) => sum + n, 0)}`);
    }
  }
  return lines.sort();
}

export interface SteeredOptions {
  readonly name?: string;
  /** In megabytes: mounts a disk of this size at `small`. */
  readonly smallDisk?: number;
  readonly options?: readonly string[];
  /** Goes before `flink`. */
  readonly before?: readonly string[];
  /** The job's file, `steered-job.ts` unless given. */
  readonly program?: string;
}

/** A folder for one test, and what runs in it. */
export class SteeredRun {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'steered-')));
  readonly small = join(this.folder, 'small');
  readonly checkpoints = join(this.folder, 'checkpoints');
  readonly output = join(this.folder, 'out');
  readonly savepoints = join(this.folder, 'savepoints');
  private readonly processes: ChildProcessWithoutNullStreams[] = [];

  constructor() {
    for (const name of ['small', 'temporary']) mkdirSync(join(this.folder, name));
  }

  /** Starts the job. */
  job({ name = 'Steered', smallDisk, options = [], before = [], program = 'steered-job.ts' }: SteeredOptions, places: { checkpoints?: string; output?: string } = {}): SteeredJob {
    const { checkpoints = this.checkpoints, output = this.output } = places;
    const words = [
      ...before, process.execPath, 'bin/run.js', 'run', '-p', '2', '-D', `execution.checkpointing.dir=${checkpoints}`, '-D', 'restart-strategy.type=fixed-delay',
      '-D', 'restart-strategy.fixed-delay.attempts=1000', '-D', 'restart-strategy.fixed-delay.delay=200 ms', ...options,
      `test/crash/${program}`, '--output', output, '--count', String(COUNT), '--release', join(this.folder, 'release'), '--name', name,
    ];
    const mounted = smallDisk === undefined ? words : ['unshare', '-rm', 'sh', '-c', SMALL_DISK, this.small, `${smallDisk}m`, join(this.folder, 'kept'), ...words];
    return new SteeredJob(this.spawned(mounted));
  }

  /** Another terminal. */
  flink(...words: readonly string[]): Promise<Run> {
    return ended(this.spawned([process.execPath, 'bin/run.js', ...words]));
  }

  async jobId(): Promise<string> {
    for (;;) {
      const [job] = JSON.parse((await this.flink('list', '--json', '-r')).stdout || '[]') as { jid: string }[];
      if (job) return job.jid;
    }
  }

  /** The job's source goes as fast as it can from now on. */
  release(): void {
    writeFileSync(join(this.folder, 'release'), '');
  }

  /** The clock goes back by an hour, or what is brought to the disk takes its time, for as long as `on`. */
  fault(name: 'clock-back' | 'slow-sync', on: boolean): void {
    if (on) writeFileSync(join(this.folder, name), '');
    else rmSync(join(this.folder, name), { force: true });
  }

  /** Lines of the finished files, sorted. */
  lines(output = this.output): string[] {
    const parts = existsSync(output) ? readdirSync(output).filter((name) => name.startsWith('part-')) : [];
    return parts.flatMap((name) => readFileSync(join(output, name), 'utf8').split('\n').filter(Boolean)).sort();
  }

  close(): Promise<void> {
    for (const child of this.processes) child.kill('SIGKILL');
    return removeFolder(this.folder);
  }

  private spawned([command, ...words]: readonly string[]): ChildProcessWithoutNullStreams {
    const child = spawn(command!, words, {
      cwd: repository, stdio: 'pipe',
      env: { ...process.env, NO_COLOR: '1', TMPDIR: join(this.folder, 'temporary'), NODE_OPTIONS: `--require ${faults}`, FAULTS_FOLDER: this.folder },
    });
    child.stdin.end();
    this.processes.push(child);
    return child;
  }
}

/** Mounts, runs, and keeps what was on the disk when the run has ended. */
const SMALL_DISK = 'mount -t tmpfs -o size="$1" tmpfs "$0" || exit 99; small="$0"; kept="$2"; shift 2; "$@"; code=$?; cp -r "$small" "$kept"; exit $code';

export class SteeredJob {
  readonly end: Promise<Run>;
  private stderr = '';
  private rings = 0;
  private over = false;

  constructor(private readonly child: ChildProcessWithoutNullStreams) {
    child.stderr.on('data', (text: Buffer) => (this.stderr += text.toString()));
    child.stdout.on('data', (text: Buffer) => (this.rings += text.toString().split('ring').length - 1));
    this.end = ended(child).finally(() => (this.over = true));
  }

  /** What it has said so far. */
  get said(): string {
    return this.stderr;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** Timers that rang so far. */
  get rang(): number {
    return this.rings;
  }

  /** A path on the small disk, as everybody can reach it. */
  inside(path: string): string {
    return `/proc/${this.child.pid}/root${path}`;
  }

  /** Leaves not a byte on the small disk. */
  fill(disk: string): void {
    const block = Buffer.alloc(64 * 1024);
    try {
      for (;;) writeFileSync(this.inside(join(disk, 'filler')), block, { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }

  free(disk: string): void {
    rmSync(this.inside(join(disk, 'filler')), { force: true });
  }

  /** Resolves when something holds; rejects, with what the job said, when it has ended before. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.over) throw new Error(`the job ended too early:\n${this.stderr}`);
      await new Promise((resolve) => void setTimeout(resolve, 20));
    }
  }

  untilSaid(text: string | RegExp): Promise<void> {
    return this.until(() => (typeof text === 'string' ? this.stderr.includes(text) : text.test(this.stderr)));
  }

  /** Until a checkpoint is complete below a folder. */
  untilCheckpointed(folder: string): Promise<void> {
    return this.until(() => completeIn(folder).length > 0);
  }
}

/** Complete checkpoints of all jobs in a folder. */
export function completeIn(root: string): string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root).flatMap((id) => readdirSync(join(root, id)).map((name) => join(root, id, name))).filter((path) => existsSync(join(path, '_metadata')));
}

/** A run for each test. */
export function steeredRuns(): () => SteeredRun {
  const runs: SteeredRun[] = [];
  afterEach(() => Promise.all(runs.splice(0).map((run) => run.close())));
  return () => {
    const run = new SteeredRun();
    runs.push(run);
    return run;
  };
}
