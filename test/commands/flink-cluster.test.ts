/** The commands that look, at a cluster of Apache Flink: its answers have other fields, and fewer. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { workspace } from './flink.js';

const { flink } = workspace();
const JOB = '7684be6004e4e955c2a558a9bc463f65';
const [SOURCE, COUNT] = ['cbc357ccb763df2852fee8c4fc7d55f2', '9dd63673dd41ea021b896d5203f3ba7c'];
const NOW = 1_700_000_060_000;

const io = { 'read-bytes': 1, 'read-bytes-complete': true, 'write-bytes': 1, 'write-bytes-complete': true, 'read-records': 5, 'read-records-complete': true, 'write-records': 7, 'write-records-complete': true, 'accumulated-backpressured-time': 0, 'accumulated-idle-time': 0, 'accumulated-busy-time': 'NaN' };
const tasks = { CREATED: 0, SCHEDULED: 0, DEPLOYING: 0, INITIALIZING: 0, RUNNING: 1, FINISHED: 0, CANCELING: 0, CANCELED: 0, FAILED: 0, RECONCILING: 0 };
const vertex = (id: string, name: string): object => ({ id, slotSharingGroupId: 'x', name, maxParallelism: 128, parallelism: 1, status: 'RUNNING', 'start-time': 1, 'end-time': -1, duration: 5, tasks, metrics: io });
const node = (id: string, inputs: object): object => ({ id, parallelism: 1, operator: '', operator_strategy: '', description: '', ...inputs, optimizer_properties: {} });
const pressure = (ratio: number, busyRatio: number): object => ({ status: 'ok', backpressureLevel: 'high', 'backpressure-level': 'high', 'end-timestamp': NOW, subtasks: [{ subtask: 0, 'attempt-number': 0, backpressureLevel: 'high', 'backpressure-level': 'high', ratio, busyRatio, idleRatio: 0, 'other-concurrent-attempts': null }] });

const answers: Record<string, object | string> = {
  '/jobs/overview': { jobs: [{ jid: JOB, name: 'WordCount', state: 'RUNNING', 'start-time': NOW - 60_000, 'end-time': -1, duration: 60_000, 'last-modification': 1, tasks: { running: 2, total: 2 } }] },
  [`/jobs/${JOB}`]: {
    jid: JOB, name: 'WordCount', isStoppable: false, state: 'RUNNING', 'job-type': 'STREAMING', 'start-time': NOW - 60_000, 'end-time': -1, duration: 60_000, maxParallelism: -1, now: NOW,
    timestamps: { RUNNING: NOW - 59_000, CREATED: NOW - 60_000, FAILED: 0 }, vertices: [vertex(SOURCE, 'Source: Kafka'), vertex(COUNT, 'Count -> Sink')], 'status-counts': tasks,
    plan: { jid: JOB, name: 'WordCount', type: 'STREAMING', nodes: [node(COUNT, { inputs: [{ num: 0, id: SOURCE, ship_strategy: 'HASH', exchange: 'pipelined_bounded' }] }), node(SOURCE, {})] },
  },
  [`/jobs/${JOB}/vertices/${SOURCE}/backpressure`]: pressure(0.9, 0.1),
  [`/jobs/${JOB}/vertices/${COUNT}/backpressure`]: pressure(0, 0.99),
  [`/jobs/${JOB}/metrics`]: [{ id: 'numRestarts' }],
  [`/jobs/${JOB}/metrics?get=numRestarts`]: [{ id: 'numRestarts', value: '0' }],
  [`/jobs/${JOB}/exceptions?maxExceptions=5`]: { 'root-exception': null, timestamp: null, 'all-exceptions': [], truncated: false, exceptionHistory: { entries: [], truncated: false } },
  [`/jobs/${JOB}/vertices/${SOURCE}/metrics`]: [{ id: '0.numRecordsOut' }],
  [`/jobs/${JOB}/vertices/${COUNT}/metrics`]: [{ id: '0.numRecordsIn' }],
  [`/jobs/${JOB}/vertices/${SOURCE}/metrics?get=0.numRecordsOut`]: [{ id: '0.numRecordsOut', value: '7' }],
  [`/jobs/${JOB}/vertices/${COUNT}/metrics?get=0.numRecordsIn`]: [{ id: '0.numRecordsIn', value: '5' }],
  '/jobmanager/logs': { logs: [{ name: 'flink-root-standalonesession-0-host.log', size: 10, mtime: 2 }, { name: 'flink-root-standalonesession-0-host.out', size: 0, mtime: 2 }, { name: 'older.log', size: 3, mtime: 1 }] },
  '/jobmanager/logs/flink-root-standalonesession-0-host.log': 'one\ntwo\n',
};

let server: Server;
let address: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    const answer = answers[request.url!];
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(typeof answer === 'string' ? answer : JSON.stringify(answer ?? { errors: ['Not found.'] }));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

it('flink why says what holds a job, as far as it is told', async () => {
  const { code, stdout, stderr } = await flink(['why', '-m', address, 'WordCount']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.split('\n')[0]).toBe('"Count -> Sink" is busy 99 % of its time and cannot take more: "Source: Kafka" waits 90 % of its time for room.');
  expect(stdout).toContain(`"WordCount" (${JOB}) is RUNNING, since 59 s, with 2 subtasks.`);
});

it('flink metrics, top and logs show what there is', async () => {
  expect((await flink(['metrics', '-m', address, JOB])).stdout).toBe(`"WordCount" (${JOB}) is RUNNING\n  numRestarts  0\nSource: Kafka (1)\n  numRecordsOut  7\nCount -> Sink (1)\n  numRecordsIn  5\n`);
  expect((await flink(['top', '-m', address])).stdout).toMatch(/\nWordCount {2}RUNNING {2}1 min {2}7684be60\n.*\n {2}Source: Kafka +RUNNING +1 +- +0 +0% /);
  expect(await flink(['logs', '-m', address, JOB])).toEqual({ code: 0, stdout: 'one\ntwo\n', stderr: '' });
});
