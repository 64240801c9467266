import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'standard-output-'));
const bundle = join(folder, 'output.mjs');

beforeAll(() => {
  const resolveDir = new URL('../../src/cluster/', import.meta.url).pathname;
  const contents = `export * from './standard-output.js'; export * from './shared-screen.js';`;
  buildSync({ stdin: { contents, resolveDir, loader: 'ts' }, bundle: true, platform: 'node', format: 'esm', outfile: bundle });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A process in which `output` prints and `closed()` says how often its reader was found to have gone. */
function start(script: string): ChildProcess {
  const prologue = `
    import { SharedScreen, StandardOutput } from ${JSON.stringify(bundle)};
    let left = 0;
    const closed = () => left;
    const output = new StandardOutput(SharedScreen.allocate(), () => left++);
  `;
  return spawn(process.execPath, ['--input-type=module', '-e', prologue + script], { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += String(chunk);
  return text;
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.on('close', resolve));
}

describe('standard output', () => {
  it('keeps what it is given in order, each text on its stream', async () => {
    const child = start(`output.print('stdout', 'a\\n'); output.print('stderr', 'e\\n'); output.print('stdout', ''); output.print('stdout', 'b é 𝄞\\n');`);
    expect(await Promise.all([textOf(child.stdout!), textOf(child.stderr!), exitOf(child)])).toEqual(['a\nb é 𝄞\n', 'e\n', 0]);
  });

  it('waits for a slow reader of a pipe that does not block, and loses nothing', async () => {
    const child = start(`
      process.stdout._handle.setBlocking(false);
      for (let line = 0; line < 200; line++) output.print('stdout', String(line).repeat(4000) + '\\n');
      process.stderr.write('written');
    `);
    const exit = exitOf(child);
    const errors = textOf(child.stderr!);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const text = await textOf(child.stdout!);
    expect(text.split('\n').slice(0, -1).map((line, at) => line === String(at).repeat(4000))).toEqual(Array.from({ length: 200 }, () => true));
    expect([await errors, await exit]).toEqual(['written', 0]);
  });

  it('says once that its reader has gone, and drops what follows', async () => {
    const child = start(`
      for (let line = 0; line < 5000; line++) output.print('stdout', 'x'.repeat(1000) + '\\n');
      output.print('stderr', 'left ' + closed());
    `);
    const exit = exitOf(child);
    child.stdout!.once('data', () => child.stdout!.destroy());
    expect([await textOf(child.stderr!), await exit]).toEqual(['left 1', 0]);
  });

  it('goes on when the reader of standard error has gone, without stopping the job', async () => {
    const child = start(`
      await new Promise((resolve) => setTimeout(resolve, 200));
      output.print('stderr', 'nobody hears');
      output.print('stderr', 'nor this');
      output.print('stdout', 'left ' + closed());
    `);
    child.stderr!.destroy();
    expect(await textOf(child.stdout!)).toBe('left 0');
  });

  it('says what is wrong with an output that cannot be written', async () => {
    const child = start(`
      import { closeSync } from 'node:fs';
      closeSync(1);
      try { output.print('stdout', 'x'); } catch (error) { output.print('stderr', error.code + ': ' + error.message); }
    `);
    expect(await textOf(child.stderr!)).toMatch(/^OUTPUT_UNWRITABLE: standard output cannot be written: EBADF/);
  });
});
