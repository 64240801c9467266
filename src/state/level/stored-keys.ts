/**
 * All entries of a database that is open in this process, before the call returns. The library reads many entries only
 * asynchronously, so another thread reads along while this one waits.
 *
 * It costs a thread's start each time: it is for what is rare.
 */
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { FlinkError } from '../../core/errors.js';
import { FACTS_KEY } from './level-keys.js';
import { libraryPath, type StoredPair } from './level-store.js';

const CHUNK_ENTRIES = 1_000;

const READER = `
const { workerData: { library, folder, lt, chunk, port, signal } } = require('node:worker_threads');
const { Level } = require(library);
const tell = (message) => {
  port.postMessage(message);
  Atomics.add(signal, 0, 1);
  Atomics.notify(signal, 0);
};
(async () => {
  const database = new Level(folder, { keyEncoding: 'utf8', valueEncoding: 'buffer', multithreading: true, createIfMissing: false });
  await database.open();
  const pairs = database.iterator({ lt });
  for (let some = await pairs.nextv(chunk); some.length > 0; some = await pairs.nextv(chunk)) tell({ some });
  await pairs.close();
  await database.close();
  tell({ over: true });
})().catch((error) => tell({ error: error.message }));
`;

type Message = { readonly some: readonly (readonly [string, Uint8Array])[] } | { readonly over: true } | { readonly error: string };

export function* storedKeys(folder: string): IterableIterator<StoredPair> {
  const { port1, port2 } = new MessageChannel();
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(READER, {
    eval: true,
    workerData: { library: libraryPath(), folder, lt: FACTS_KEY, chunk: CHUNK_ENTRIES, port: port2, signal },
    transferList: [port2],
  });
  worker.unref();
  try {
    for (;;) {
      const message = receive(port1, signal);
      if ('error' in message) throw new FlinkError('STATE_STORE', `the database of the state backend in ${folder} could not be read: ${message.error}`);
      if ('over' in message) return;
      for (const [text, value] of message.some) yield [text, Buffer.from(value.buffer, value.byteOffset, value.byteLength)];
    }
  } finally {
    port1.close();
  }
}

function receive(port: Parameters<typeof receiveMessageOnPort>[0], signal: Int32Array): Message {
  for (;;) {
    const heard = Atomics.load(signal, 0);
    const received = receiveMessageOnPort(port) as { readonly message: Message } | undefined;
    if (received) return received.message;
    Atomics.wait(signal, 0, heard);
  }
}
