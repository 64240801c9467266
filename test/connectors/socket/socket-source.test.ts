import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { DelimitedText } from '../../../src/connectors/socket/delimited-text.js';
import { SocketSource } from '../../../src/connectors/socket/socket-source.js';
import type { Clock } from '../../../src/core/clock.js';
import { Collected, drive, readAll } from '../drive.js';
import { eventually } from '../../eventually.js';

const open: { server: Server; sockets: Set<Socket> }[] = [];
afterEach(() => {
  for (const { server, sockets } of open.splice(0)) {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});

/** A server that treats its n-th connection with the n-th handler, the last for all that follow. */
async function serve(...handlers: ((socket: Socket) => void)[]): Promise<{ port: number; connections: () => number }> {
  let count = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    handlers[Math.min(count++, handlers.length - 1)]!(socket);
  });
  open.push({ server, sockets });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, connections: () => count };
}

/** A port at which nobody listens. */
async function deadPort(): Promise<number> {
  const { port } = await serve(() => {});
  await new Promise((resolve) => open.pop()!.server.close(resolve));
  return port;
}

/** The real time, fifty times as fast. */
const hurried: Clock = {
  now: () => 0,
  monotonic: () => 0,
  schedule(delayMs, call) {
    const timer = setTimeout(call, delayMs / 50);
    return { cancel: () => clearTimeout(timer) };
  },
};

describe('the socket source', () => {
  it('gives the lines that a server sends, the last with or without an end', async () => {
    const { port } = await serve((socket) => socket.end('a\nb\r\n\nc'));
    const source = new SocketSource('127.0.0.1', port);
    expect(source).toMatchObject({ parallel: false, boundedness: 'CONTINUOUS_UNBOUNDED' });
    expect(await readAll(source)).toEqual([['a', 'b', '', 'c']]);
  });

  it('cuts at a delimiter of several characters and leaves carriage returns alone then', async () => {
    const { port } = await serve((socket) => socket.end('a\r||b|c||'));
    expect(await readAll(new SocketSource('127.0.0.1', port, '||'))).toEqual([['a\r', 'b|c']]);
  });

  it('puts together characters that come in pieces', async () => {
    const { port } = await serve((socket) => {
      const bytes = Buffer.from('ä€\n');
      let at = 0;
      const timer = setInterval(() => (at < bytes.length ? socket.write(bytes.subarray(at, ++at)) : (clearInterval(timer), socket.end())), 2);
    });
    expect(await readAll(new SocketSource('127.0.0.1', port))).toEqual([['ä€']]);
  });

  it('holds the server back while downstream has no room', async () => {
    let sent = 0;
    const { port } = await serve((socket) => {
      const chunk = `${'x'.repeat(1023)}\n`.repeat(64);
      const push = (): void => {
        while (sent < 4096 && socket.write(chunk)) sent++;
        if (sent >= 4096) socket.end();
        else socket.once('drain', push);
      };
      push();
    });
    const driven = await drive(new SocketSource('127.0.0.1', port), { turn: 1 });
    driven.poll(0);
    await driven.readers[0]!.isAvailable();
    driven.poll(0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const held = sent;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sent).toBe(held);
    expect(sent).toBeLessThan(4096);
    await driven.close();
  });

  it('says where it could not connect, and how to try it out', async () => {
    const port = await deadPort();
    await expect(readAll(new SocketSource('127.0.0.1', port))).rejects.toMatchObject({
      code: 'CONNECTION',
      message: `Cannot connect to 127.0.0.1:${port}: nobody listens there`,
      hint: expect.stringContaining(`nc -lk ${port}`),
    });
    await expect(readAll(new SocketSource('localhost', port))).rejects.toThrow(`Cannot connect to localhost:${port}: nobody listens there`);
  });

  it('connects again as often as it may when the connection ends, then ends the stream', async () => {
    const { port, connections } = await serve((socket) => socket.end('a\n'), (socket) => socket.end('b\n'), (socket) => socket.end('c\n'), (socket) => socket.end('d\n'));
    expect(await readAll(new SocketSource('127.0.0.1', port, '\n', 2, hurried))).toEqual([['a', 'b', 'c']]);
    expect(connections()).toBe(3);
  });

  it('goes on with a record that a lost connection broke off where the next one begins', async () => {
    const { port } = await serve((socket) => socket.end(), (socket) => socket.end('te'), (socket) => socket.end(), (socket) => socket.end('st1\ncheck1\nlast'));
    expect(await readAll(new SocketSource('127.0.0.1', port, '\n', 3, hurried))).toEqual([['test1', 'check1', 'last']]);
  });

  it('waits for a server that is not there yet when it may', async () => {
    const port = await deadPort();
    await expect(readAll(new SocketSource('127.0.0.1', port, '\n', 3, hurried))).rejects.toThrow(/nobody listens/);
    const driven = await drive(new SocketSource('127.0.0.1', port, '\n', -1, hurried));
    const running = driven.run().catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 40));
    const server = createServer((socket) => void socket.write('late\n'));
    open.push({ server, sockets: new Set() });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    while (driven.outputs[0]!.values.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(driven.outputs[0]!.values).toEqual(['late']);
    await driven.close();
    void running;
  });

  it('fails when the connection breaks and no retry is left', async () => {
    let accepted: Socket | undefined;
    const { port } = await serve((socket) => {
      accepted = socket;
      socket.write('a\n');
    });
    const driven = await drive(new SocketSource('127.0.0.1', port));
    const running = driven.run();
    running.catch(() => {});
    // Once it has been read: before, the connection might not be there yet.
    await eventually(() => expect(driven.outputs[0]!.values).toEqual(['a']));
    accepted!.resetAndDestroy();
    await expect(running).rejects.toThrow(`Cannot read from 127.0.0.1:${port}: the other side broke the connection off`);
    expect(driven.outputs[0]!.values).toEqual(['a']);
    await driven.close();
  });

  it('ends at once when closed while waiting', async () => {
    const { port } = await serve(() => {});
    const driven = await drive(new SocketSource('127.0.0.1', port));
    expect(driven.poll(0)).toBe('NOTHING_AVAILABLE');
    const waiting = driven.readers[0]!.isAvailable();
    await driven.close();
    await waiting;
  });

  it('refuses arguments that cannot work', () => {
    expect(() => new SocketSource('', 1)).toThrow(/name or address of a host/);
    expect(() => new SocketSource('a', 65536)).toThrow(/port from 1 to 65535, but got 65536/);
    expect(() => new SocketSource('a', 1, '')).toThrow(/delimiter/);
    expect(() => new SocketSource('a', 1, '\n', -2)).toThrow(/retries/);
  });
});

describe('delimited text', () => {
  it('comes out the same however its bytes come in', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', '|', '||', '|-|', 'é', '😀', '\n'), { maxLength: 30 }),
        fc.constantFrom('|', '||', '|-|', '\n'),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
        fc.integer({ min: 1, max: 3 }),
        (parts, delimiter, sizes, turn) => {
          const bytes = Buffer.from(parts.join(''));
          const text = new DelimitedText(delimiter);
          const output = new Collected<string>(turn);
          for (let at = 0, piece = 0; at < bytes.length; piece++) {
            const size = sizes[piece % sizes.length]!;
            text.add(bytes.subarray(at, at + size));
            while (!text.emit(output)) output.renew();
            at += size;
          }
          const expected = parts.join('').split(delimiter);
          expect([...output.values, text.rest() ?? '']).toEqual(expected);
        },
      ),
    );
  });
});
