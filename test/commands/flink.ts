/**
 * Runs the built command line in a folder of its own, the way a user does.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { removeFolder } from '../remove-folder.js';

const binary = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Workspace {
  readonly path: string;
  /** Where runs keep their temporary folders; empty when they left nothing behind. */
  leftovers(): string[];
  file(name: string, text: string): string;
  start(words: readonly string[], environment?: Readonly<Record<string, string>>): ChildProcessWithoutNullStreams;
  /** Runs the command in a terminal of its own: a shell line, in which `$FLINK` stands for the command line. What it writes comes on standard output. */
  inTerminal(line: string): ChildProcessWithoutNullStreams;
  /** @param options.bound permissions bind the run even where the tests run as root, who reads and writes everything. */
  flink(words: readonly string[], options?: { input?: string; environment?: Readonly<Record<string, string>>; bound?: boolean }): Promise<Run>;
}

/** What goes before a command so that root gives its right up to read and write everything. */
const GIVEN_UP = ['setpriv', '--bounding-set=-dac_override,-dac_read_search'];

/** A folder that is deleted after the file's tests. */
export function workspace(): Workspace {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'flink-test-')));
  const temporary = join(path, 'temporary');
  mkdirSync(temporary);
  afterAll(() => removeFolder(path));
  const spawned = (command: readonly string[], environment: Readonly<Record<string, string>>): ChildProcessWithoutNullStreams => {
    const { FORCE_COLOR: _, ...inherited } = process.env;
    return spawn(command[0]!, command.slice(1), { cwd: path, stdio: 'pipe', env: { ...inherited, NO_COLOR: '1', HOME: path, TMPDIR: temporary, ...environment } });
  };
  return {
    path,
    start: (words, environment = {}) => spawned([process.execPath, binary, ...words], environment),
    // A part of util-linux that every Linux has; it passes on what is typed.
    inTerminal: (line) => spawned(['script', '-qefc', line, '/dev/null'], { TERM: 'xterm', SHELL: '/bin/sh', FLINK: `${process.execPath} ${binary}` }),
    leftovers: () => readdirSync(temporary).flatMap((user) => readdirSync(join(temporary, user))),
    file(name, text) {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      writeFileSync(join(path, name), text);
      return name;
    },
    flink: (words, { input = '', environment = {}, bound = false } = {}) => {
      const privilege = bound && process.getuid?.() === 0 ? GIVEN_UP : [];
      const child = spawned([...privilege, process.execPath, binary, ...words], environment);
      child.stdin.on('error', () => undefined).end(input);
      return ended(child);
    },
  };
}

/** Everything a process wrote, and how it ended. */
export function ended(child: ChildProcessWithoutNullStreams): Promise<Run> {
  return new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject).on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** A job over the numbers 1 to 10; `body` continues the chain that starts with `numbers`. */
export function job(body: string): string {
  return `import { StreamExecutionEnvironment } from 'flink-ts';
const env = StreamExecutionEnvironment.getExecutionEnvironment();
const numbers = env.fromSequence(1, 10);
${body}
await env.execute('Numbers');
`;
}
