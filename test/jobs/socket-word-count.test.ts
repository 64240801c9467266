/**
 * The socket job against a server that sends two lines and hangs up.
 */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { flink, linesOf } from './flink.js';

it('the socket job prints a running count for each word and ends when the server hangs up', async () => {
  const server = createServer((socket) => socket.end('a b\na\n')).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const lines = await linesOf(flink(['run', 'jobs/socket-word-count.ts', '--host', '127.0.0.1', '--port', String(port)]));
  server.close();
  expect(lines).toEqual(['a : 1', 'b : 1', 'a : 2']);
});
