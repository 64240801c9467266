/**
 * Reads the lines of a path in a worker thread and prints each, as the engine would but without the engine. On SIGINT
 * the reader is closed; the thread must then end by itself.
 */
import { writeSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { TextFileSource } from '../../../src/connectors/file/text-file-source.js';
import { drive } from '../drive.js';

const STDOUT = 1;

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { workerData: process.argv[2] });
  worker.on('message', (line: string) => writeSync(STDOUT, `${line}\n`));
  worker.on('error', (error) => writeSync(STDOUT, `error: ${error.message}\n`));
  process.on('SIGINT', () => {
    worker.postMessage('close');
    worker.once('exit', () => process.exit(130));
  });
} else {
  const port = parentPort!;
  const driven = await drive(new TextFileSource(workerData as string));
  let ticks = 0;
  const ticking = setInterval(() => ticks++, 10);
  const finish = async (): Promise<void> => {
    clearInterval(ticking);
    await driven.close();
    port.close();
  };
  port.on('message', () => void finish());
  port.postMessage('ready');
  const lines = await driven.run();
  for (const line of lines[0]!) port.postMessage(`line ${line}`);
  port.postMessage(ticks > 0 ? 'the loop went on' : 'the loop stood still');
  await finish();
}
