/**
 * The sliding word count against a server that sends three words and hangs up after their windows have fired.
 */
import { createServer, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { flink, linesOf } from './flink.js';

it.each(['1', '3'])('counts each word in the two windows that hold it, by the clock, at parallelism %s', async (parallelism) => {
  const server = createServer((socket) => {
    socket.write('a b a\n');
    setTimeout(() => socket.end(), 4000);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const lines = await linesOf(flink(['run', '-p', parallelism, 'jobs/sliding-word-count.ts', '--host', '127.0.0.1', '--port', String(port)]));
  server.close();
  const [a, b] = ["WordWithCount{word='a', count=2}", "WordWithCount{word='b', count=1}"];
  expect(lines.sort()).toEqual([a, a, b, b]);
}, 20_000);
