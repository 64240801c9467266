// The work of bench/jobs/exchange.ts with postMessage: arrays of 1,024 records, at most 16 under way.
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';

const BATCH = 1024;
const UNDER_WAY_MAX = 16;

if (isMainThread) receive(Number(process.argv[2]));
else send(workerData);

function receive(records) {
  const sender = new Worker(new URL(import.meta.url), { workerData: records });
  let began;
  let last;
  let received = 0;
  sender.once('online', () => (began = performance.now()));
  sender.on('message', (batch) => {
    for (const { value } of batch) last = value;
    received += batch.length;
    sender.postMessage('taken');
    if (received < records) return;
    console.log(JSON.stringify({ ms: performance.now() - began, last }));
    void sender.terminate();
  });
}

function send(records) {
  let number = 1;
  let underWay = 0;
  const fill = () => {
    while (underWay < UNDER_WAY_MAX && number <= records) {
      const batch = [];
      for (; batch.length < BATCH && number <= records; number++) batch.push({ key: `key-${number % 1000}`, value: number });
      parentPort.postMessage(batch);
      underWay++;
    }
  };
  parentPort.on('message', () => {
    underWay--;
    fill();
  });
  fill();
}
