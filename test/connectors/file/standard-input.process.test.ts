import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder: string;
let program: string;
const children: ChildProcess[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stdin-'));
  program = join(folder, 'fixture.mjs');
  buildSync({ entryPoints: [fileURLToPath(new URL('standard-input.fixture.ts', import.meta.url))], outfile: program, bundle: true, platform: 'node', format: 'esm' });
});
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

interface Run {
  readonly child: ChildProcess;
  /** Resolves once this text has been printed. */
  says(text: string): Promise<void>;
  readonly ended: Promise<{ output: string; code: number | null }>;
}

function run(command: string, args: string[], stdin: 'pipe' | 'ignore' | number = 'pipe'): Run {
  const child = spawn(command, args, { stdio: [stdin, 'pipe', 'inherit'] });
  children.push(child);
  let output = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (output += text));
  return {
    child,
    says: async (text) => {
      while (!output.includes(text)) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    ended: new Promise((resolve) => child.on('close', (code) => resolve({ output: output.replace('ready\n', ''), code }))),
  };
}

const read = (path = '-', stdin: 'pipe' | 'ignore' | number = 'pipe'): Run => run(process.execPath, [program, path], stdin);

describe('standard input, read in a worker thread', () => {
  it('may be a pipe, which is waited for without blocking the thread', async () => {
    const { child, says, ended } = read();
    await says('ready');
    child.stdin!.write('a\nhal');
    setTimeout(() => child.stdin!.end('f\nlast'), 60);
    expect(await ended).toEqual({ output: 'line a\nline half\nline last\nthe loop went on\n', code: 0 });
  });

  it('may be a file, also under the name /dev/stdin', async () => {
    const path = join(folder, 'input.txt');
    writeFileSync(path, 'x\ny\n');
    for (const name of ['-', '/dev/stdin']) {
      const descriptor = openSync(path, 'r');
      expect((await read(name, descriptor).ended).output).toMatch(/^line x\nline y\n/);
      closeSync(descriptor);
    }
  });

  it('may be nothing', async () => {
    expect(await read('-', 'ignore').ended).toMatchObject({ output: expect.stringMatching(/^the loop/), code: 0 });
  });

  it('is let go at once when the job is cancelled while waiting for input', async () => {
    const { child, says, ended } = read();
    await says('ready');
    const before = performance.now();
    child.kill('SIGINT');
    expect(await ended).toEqual({ output: '', code: 130 });
    expect(performance.now() - before).toBeLessThan(1000);
  });

  // Only where `script` can make a terminal.
  if (existsSync('/usr/bin/script') && process.platform === 'linux') it('may be a terminal, and is let go when Ctrl-C is pressed there', async () => {
    const terminal = (): Run => run('/usr/bin/script', ['-qec', `"${process.execPath}" "${program}" -`, '/dev/null']);
    const first = terminal();
    await first.says('ready');
    first.child.stdin!.write('typed\n');
    await first.says('typed');
    // Long enough for the thread's timer to show that nothing blocks it.
    setTimeout(() => first.child.stdin!.write('\x04'), 60);
    expect((await first.ended).output).toMatch(/line typed\r\nthe loop went on/);
    const second = terminal();
    await second.says('ready');
    second.child.stdin!.write('\x03');
    expect((await second.ended).code).toBe(130);
  });
});

if (process.platform === 'linux') describe('a named pipe', () => {
  const pipe = (name: string): string => {
    const path = join(folder, name);
    execFileSync('mkfifo', [path]);
    return path;
  };

  it('is read until its writer has gone', async () => {
    const path = pipe('written');
    const { says, ended } = read(path);
    await says('ready');
    setTimeout(() => writeFileSync(path, 'late\n'), 60);
    expect(await ended).toEqual({ output: 'line late\nthe loop went on\n', code: 0 });
  });

  it('is let go at once when no writer ever comes', async () => {
    const { child, says, ended } = read(pipe('silent'));
    await says('ready');
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
  });
});
