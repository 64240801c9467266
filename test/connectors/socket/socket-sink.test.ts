import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { SimpleStringSchema } from '../../../src/connectors/simple-string-schema.js';
import { SocketSink } from '../../../src/connectors/socket/socket-sink.js';
import { ManualClock } from '../../../src/testing/manual-clock.js';
import { fakeHost, noFacts } from '../drive.js';
import { eventually } from '../../eventually.js';

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  for (const server of servers.splice(0)) server.close();
});

async function serve(handler: (socket: Socket) => void): Promise<number> {
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    handler(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function acceptance(): { socket: Promise<Socket>; resolve: (socket: Socket) => void } {
  let resolve!: (socket: Socket) => void;
  const socket = new Promise<Socket>((settle) => (resolve = settle));
  return { socket, resolve };
}

function received(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk)).on('end', () => resolve(text)).resume();
  });
}

describe('the socket sink', () => {
  it('sends records as lines and ends the connection at the end of input', async () => {
    let text: Promise<string> | undefined;
    const port = await serve((socket) => void (text = received(socket)));
    const writer = await new SocketSink('127.0.0.1', port).createWriter(fakeHost().context);
    await writer.write('a', noFacts);
    await writer.write(['b', 1], noFacts);
    await writer.flush(true);
    await writer.close?.();
    expect(await text).toBe('a\n["b",1]\n');
  });

  it('sends what an encoder makes, text or bytes, in order', async () => {
    let text: Promise<string> | undefined;
    const port = await serve((socket) => void (text = received(socket)));
    const writer = await new SocketSink<number>('127.0.0.1', port, (value) => (value % 2 ? Buffer.from(`<${value}>`) : `[${value}]`)).createWriter(fakeHost().context);
    for (let value = 0; value < 4; value++) await writer.write(value, noFacts);
    await writer.flush(true);
    await writer.close?.();
    expect(await text).toBe('[0]<1>[2]<3>');
  });

  it('sends what a serialization schema makes: text as it is, in its charset', async () => {
    let text: Promise<string> | undefined;
    const port = await serve((socket) => void (text = received(socket)));
    const writer = await new SocketSink<string>('127.0.0.1', port, new SimpleStringSchema()).createWriter(fakeHost().context);
    for (const value of ['a', 'ä\n', 'b']) await writer.write(value, noFacts);
    await writer.flush(true);
    await writer.close?.();
    expect(await text).toBe('aä\nb');
    const latin = new SimpleStringSchema('ISO-8859-1');
    expect([...(latin.serialize('ä') as Uint8Array)]).toEqual([0xe4]);
    expect([latin.deserialize(Uint8Array.of(0xe4)), new SimpleStringSchema().deserialize(Buffer.from('xä€').subarray(1)), latin.isEndOfStream()]).toEqual(['ä', 'ä€', false]);
  });

  it('gives a promise while the server does not keep up', async () => {
    const accepted = acceptance();
    const port = await serve(accepted.resolve);
    const writer = await new SocketSink('127.0.0.1', port).createWriter(fakeHost().context);
    const line = 'x'.repeat(64 * 1024);
    let held: void | Promise<void> = undefined;
    for (let count = 0; count < 1000 && !held; count++) held = writer.write(line, noFacts);
    expect(held).toBeInstanceOf(Promise);
    let open = false;
    void (held as unknown as Promise<void>).then(() => (open = true));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(open).toBe(false);
    (await accepted.socket).resume();
    await held;
    await writer.close?.();
  });

  it('fails the task when the server goes away, also between records', async () => {
    const port = await serve((socket) => void socket.destroy());
    const host = fakeHost();
    const writer = await new SocketSink('127.0.0.1', port).createWriter(host.context);
    while (host.mail.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(() => host.mail[0]!()).toThrow(expect.objectContaining({ code: 'CONNECTION', message: expect.stringContaining(`Cannot write to 127.0.0.1:${port}`) }));
    expect(() => writer.write('a', noFacts)).toThrow(/Cannot write to/);
    await writer.close?.();
  });

  it('makes a lost connection again where it may, and sends what was written meanwhile', async () => {
    const accepted = [acceptance(), acceptance()];
    let connections = 0;
    const port = await serve((socket) => void accepted[connections++]!.resolve(socket));
    const clock = new ManualClock();
    const host = fakeHost({ clock });
    const writer = await new SocketSink('127.0.0.1', port, undefined, 3).createWriter(host.context);
    (await accepted[0]!.socket).resetAndDestroy();
    await eventually(() => expect(clock.scheduled).toBeGreaterThan(0));
    let open = false;
    void writer.write('while it was away', noFacts);
    const held = Promise.resolve(writer.flush(false)).then(() => void (open = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(open).toBe(false);
    await eventually(() => {
      clock.advance(500);
      expect(connections).toBe(2);
    });
    await held;
    const text = received(await accepted[1]!.socket);
    await writer.write('again', noFacts);
    await writer.flush(true);
    await writer.close?.();
    expect(await text).toBe('while it was away\nagain\n');
  });

  it('fails the task when a lost connection cannot be made again as often as it may, and waits no more once it is closed', async () => {
    const port = await serve(() => {});
    const clock = new ManualClock();
    const host = fakeHost({ clock });
    const writer = await new SocketSink('127.0.0.1', port, undefined, 2).createWriter(host.context);
    const endless = await new SocketSink('127.0.0.1', port, undefined, -1).createWriter(fakeHost({ clock }).context);
    await eventually(() => expect(sockets.size).toBe(2));
    await new Promise<void>((resolve) => {
      servers.pop()!.close(() => resolve());
      for (const socket of sockets) socket.resetAndDestroy();
    });
    await eventually(() => {
      clock.advance(500);
      expect(host.mail).toHaveLength(1);
    });
    expect(() => host.mail[0]!()).toThrow(`Cannot connect to 127.0.0.1:${port}: nobody listens there`);
    expect(() => writer.write('a', noFacts)).toThrow(/Cannot connect to/);
    const held = endless.write('a', noFacts);
    await writer.close?.();
    await endless.close?.();
    await held;
    expect(clock.scheduled).toBe(0);
    expect(() => new SocketSink('a', 1, undefined, -2)).toThrow(/number of retries/);
  });

  it('lets go of a waiting task when the server goes away', async () => {
    const accepted = acceptance();
    const port = await serve(accepted.resolve);
    const writer = await new SocketSink('127.0.0.1', port).createWriter(fakeHost().context);
    const line = 'x'.repeat(64 * 1024);
    let held: void | Promise<void> = undefined;
    for (let count = 0; count < 1000 && !held; count++) held = writer.write(line, noFacts);
    (await accepted.socket).resetAndDestroy();
    await expect(held).rejects.toThrow(/Cannot write to/);
    await writer.close?.();
  });

  it('says where it could not connect', async () => {
    const port = await serve(() => {});
    await new Promise((resolve) => servers.pop()!.close(resolve));
    await expect(new SocketSink('127.0.0.1', port).createWriter(fakeHost().context)).rejects.toMatchObject({ code: 'CONNECTION', message: `Cannot connect to 127.0.0.1:${port}: nobody listens there` });
  });
});
