/**
 * The temporary folder of one run: it holds the job's bundle and the link through which the bundle finds the running
 * installation. Folders of one user share a parent that nobody else can read.
 *
 * Invariants: removed when the process exits, whichever way; what a killed process left is swept by a later run.
 */
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../core/clock.js';
import { systemClock } from '../core/clock.js';
import { isAlive } from '../core/process-alive.js';
import { inWritablePlace } from '../core/writable-place.js';
import { installationFolder, PACKAGE_NAME } from './installation.js';

/** A folder of a process that is gone is left alone this long: its process may live in another container. */
const SWEEP_AFTER_MS = 3_600_000;

/** The file in a run's folder through which other processes of the same user speak to its cluster. */
const CONTROL_SOCKET = 'control.sock';

export interface RunFolder {
  readonly path: string;
  /** Where the run's control interface listens. */
  readonly controlSocket: string;
  /** Deletes the folder; done by itself when the process exits. */
  remove(): void;
}

/** Throws `OUTPUT_UNWRITABLE`. */
export function createRunFolder(given?: string, clock: Clock = systemClock): RunFolder {
  const path = inWritablePlace(`the folder for temporary files ${given ?? tmpdir()}`, 'Check its permissions and the free space, or set TMPDIR to another folder.', () => {
    const parent = given ?? userFolder();
    mkdirSync(parent, { recursive: true, mode: 0o700 });
    sweep(parent, clock.now());
    return mkdtempSync(join(parent, `run-${process.pid}-`));
  });
  mkdirSync(join(path, 'node_modules'));
  // The same files under the same real path: the job and the engine share one instance of every module.
  symlinkSync(installationFolder(), join(path, 'node_modules', PACKAGE_NAME), 'junction');
  const remove = (): void => {
    process.off('exit', remove);
    rmSync(path, { recursive: true, force: true });
  };
  process.once('exit', remove);
  return { path, controlSocket: join(path, CONTROL_SOCKET), remove };
}

/** The control sockets of this user's runs, those of killed runs included. */
export function controlSockets(parent: string = userFolder()): string[] {
  if (!existsSync(parent)) return [];
  return readdirSync(parent).filter((name) => name.startsWith('run-')).map((name) => join(parent, name, CONTROL_SOCKET)).filter((path) => existsSync(path)).sort();
}

/** The process id in a control socket's path. */
export function pidOfSocket(path: string): number | undefined {
  const [, pid] = /^run-(\d+)-/.exec(basename(dirname(path))) ?? [];
  return pid === undefined ? undefined : Number(pid);
}

/** The control socket of the run with that process id, once it listens. */
export function controlSocketOf(pid: number, parent?: string): string | undefined {
  return controlSockets(parent).find((path) => pidOfSocket(path) === pid);
}

function userFolder(): string {
  const { uid, username } = userInfo();
  const own = join(tmpdir(), `flink-ts-${uid >= 0 ? uid : username}`);
  // Somebody else may have put a folder or a link of that name there: then take one nobody can foresee.
  const there = lstatSync(own, { throwIfNoEntry: false });
  const ours = !there || (there.isDirectory() && (uid < 0 || there.uid === uid));
  return ours ? own : mkdtempSync(join(tmpdir(), 'flink-ts-'));
}

function sweep(parent: string, now: number): void {
  for (const name of readdirSync(parent)) {
    const pid = Number(/^run-(\d+)-/.exec(name)?.[1]);
    const path = join(parent, name);
    if (!pid || isAlive(pid)) continue;
    const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now;
    if (now - changed > SWEEP_AFTER_MS) rmSync(path, { recursive: true, force: true });
  }
}
