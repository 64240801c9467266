/**
 * The sliding word count against a server that sends three words and hangs up after their windows have fired.
 */
import { createServer, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { flink, linesOf } from './flink.js';

it.each(['1', '3'])('counts each word once in each of the two windows that hold it, by the clock, at parallelism %s', async (parallelism) => {
  const server = createServer((socket) => {
    socket.write('a b a\n');
    setTimeout(() => socket.end(), 4000);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const lines = await linesOf(flink(['run', '-p', parallelism, 'jobs/sliding-word-count.ts', '--host', '127.0.0.1', '--port', String(port)]));
  server.close();
  // The words may fall on both sides of a full second: then they share one window and not two.
  const counted = { a: 0, b: 0 };
  for (const line of lines) {
    const [, word, count] = /^WordWithCount\{word='([ab])', count=(\d)\}$/.exec(line) ?? [];
    if (word !== 'a' && word !== 'b') throw new Error(`no count: ${line}`);
    counted[word] += Number(count);
  }
  expect(counted).toEqual({ a: 4, b: 2 });
}, 20_000);
