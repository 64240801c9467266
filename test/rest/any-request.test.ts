/** Whatever is asked, in whatever form: no request is a mistake of the server, and none harms the job. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { z } from 'zod/mini';
import { sleep, systemClock } from '../../src/core/clock.js';
import { taskManagerId } from '../../src/rest/task-names.js';
import { serveJob, type ServedJob } from './served-job.js';

let served: ServedJob;
let values: Readonly<Record<string, string>>;

beforeAll(async () => {
  let cancelled = false;
  served = await serveJob((env) => {
    env.addSource<number>({
      async run(context) {
        for (; !cancelled; await sleep(systemClock, 5)) context.collect(1);
      },
      cancel() {
        cancelled = true;
      },
    }).keyBy((n) => n).map((n) => n).addSink({ invoke: () => undefined });
  });
  const { vertices } = await served.getWhen(`/jobs/${served.job.jobId}`, (job) => job.vertices.every(({ status }: { status: string }) => status === 'RUNNING'));
  values = { jobid: served.job.jobId, vertexid: vertices[0].id, subtaskindex: '0', attempt: '0', checkpointid: '1', taskmanagerid: taskManagerId(0) };
});
afterAll(() => served.close());

/** They end the job when they are asked rightly, or take their time: profiles of a thread. */
const LEFT_OUT = new Set(['patch /jobs/:jobid', 'post /jobs/:jobid/stop', 'post /jobs/:jobid/savepoints', 'delete /cluster']);
/** A URL that holds these is one without. */
const GONE_IN_PATHS = new Set(['', '.', '..']);
const SLOW = /thread-dump|flamegraph/;

const id = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 32, maxLength: 32 });
const word = fc.oneof(fc.constantFrom('', '0', '-1', '1e9', '..', '%', 'null', '__proto__', 'constructor', 'a,b', '1-3', 'min,max'), fc.string(), id);
const keys = fc.constantFrom('parallelism', 'lowerBound', 'triggerId', 'checkpointType', 'savepoint-path', 'expiredTimestamp', '__proto__');
const body = fc.oneof(fc.string(), fc.json(), fc.dictionary(fc.oneof(keys, id), fc.oneof(fc.jsonValue(), fc.dictionary(keys, fc.jsonValue()))).map((one) => JSON.stringify(one)));

it('any request is answered in the form of the endpoint, or refused with the reason', async () => {
  const endpoints = served.endpoints.filter(({ method, path }) => !LEFT_OUT.has(`${method} ${path}`) && !SLOW.test(path));
  const request = fc.constantFrom(...endpoints).chain((endpoint) => {
    const names = [...endpoint.path.matchAll(/:(\w+)/g)].map(([, name]) => name!);
    const queries = Object.keys((endpoint.query?.() as { shape?: object } | undefined)?.shape ?? {});
    return fc.record({
      endpoint: fc.constant(endpoint),
      parameters: fc.tuple(...names.map((name) => fc.oneof({ weight: 3, arbitrary: fc.constant(values[name] ?? 'none') }, { weight: 1, arbitrary: word.filter((text) => !GONE_IN_PATHS.has(text)) }))),
      query: fc.tuple(...queries.map((name) => fc.option(word.map((text) => [name, text] as [string, string])))),
      body: fc.option(body),
    });
  });
  await fc.assert(fc.asyncProperty(request, async ({ endpoint: { method, path, answer }, parameters, query, body: text }) => {
    const given = [...parameters];
    const filled = path.replaceAll(/:\w+/g, () => encodeURIComponent(given.shift()!));
    const asked = `${filled}?${new URLSearchParams(query.filter((one) => one !== null))}`;
    const { status, json } = await served.request(method.toUpperCase(), asked, method === 'get' ? undefined : (text ?? undefined));
    if (status < 300) expect((answer?.() as z.ZodMiniType | undefined)?.safeParse(json).error, `${method} ${asked}`).toBeUndefined();
    else {
      expect([400, 404, 405, 409, 503], `${method} ${asked} ${JSON.stringify(json)}`).toContain(status);
      expect(json, asked).toMatchObject({ errors: [expect.any(String)] });
    }
  }), { numRuns: 600 });
  expect(served.job.status()).toBe('RUNNING');
});
