/**
 * WordCount against the shell: `tr -s '[:space:]' '\n' < file | sort | uniq -c` counts the same words.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flink, linesOf, withoutSubtask } from './flink.js';

const JOB = 'jobs/word-count.ts';
const ALICE = 'jobs/data/alice.txt';

/** The shell's counts as sorted `word count` lines, without the empty word it finds before leading space. */
function countedByTheShell(file: string): string[] {
  const counted = execFileSync('sh', ['-c', `tr -s '[:space:]' '\\n' < "$1" | LC_ALL=C sort | LC_ALL=C uniq -c`, 'sh', file], { encoding: 'utf8', maxBuffer: 1 << 28 });
  return counted.split('\n').flatMap((line) => {
    const match = /^ *(\d+) (.+)$/.exec(line);
    return match ? [`${match[2]} ${match[1]}`] : [];
  }).sort();
}

async function countedByTheJob(args: readonly string[], input?: string): Promise<string[]> {
  return withoutSubtask(await linesOf(flink(['run', ...args], input))).sort();
}

describe('WordCount', () => {
  let folder: string;
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'word-count-'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(['1', '2', '4'])('counts the words of a book as the shell does, at parallelism %s', async (parallelism) => {
    expect(await countedByTheJob(['-p', parallelism, JOB, '--input', ALICE])).toEqual(countedByTheShell(ALICE));
  });

  it.each(['1', '2', '4'])('counts awkward text as the shell does, at parallelism %s', async (parallelism) => {
    const file = join(folder, `awkward-${parallelism}.txt`);
    writeFileSync(file, `  leading\tand\r\ntrailing \f\v space\n\n\n naïve 日本語 👍 no\u00a0break __proto__ constructor "quoted", (paren\n${'long'.repeat(20_000)} last line without an end`);
    expect(await countedByTheJob(['-p', parallelism, JOB, '--input', file])).toEqual(countedByTheShell(file));
  });

  it('finds nothing in an empty file and finishes', async () => {
    const file = join(folder, 'empty.txt');
    writeFileSync(file, '');
    expect(await countedByTheJob([JOB, '--input', file])).toEqual([]);
  });

  it('counts standard input', async () => {
    expect(await countedByTheJob([JOB, '--input', '-'], readFileSync(ALICE, 'utf8'))).toEqual(countedByTheShell(ALICE));
  });

  it('prints a new count for every word as it arrives when asked for updates', async () => {
    expect(await linesOf(flink(['run', JOB, '--input', '-', '--updates'], 'to be or\nnot to be\n'))).toEqual(['to 1', 'be 1', 'or 1', 'not 1', 'to 2', 'be 2']);
  });

  it('counts a socket', async () => {
    const server = createServer((socket) => socket.end('to be or\nnot to be\n')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const lines = await linesOf(flink(['run', JOB, '--host', '127.0.0.1', '--port', String(port)]));
    server.close();
    expect(lines).toEqual(['to 1', 'be 1', 'or 1', 'not 1', 'to 2', 'be 2']);
  });
});
