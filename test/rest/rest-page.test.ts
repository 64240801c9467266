/** docs/rest.md: its list of endpoints is the one that there is, and its examples come out as it says. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sleep, systemClock } from '../../src/core/clock.js';
import { Configuration } from '../../src/core/configuration.js';
import { dispatcherEndpoints } from '../../src/dispatcher/dispatcher-application.js';
import type { EndpointDescription } from '../../src/rest/endpoint.js';
import { serveJob, type ServedJob } from './served-job.js';

const page = new URL('../../docs/rest.md', import.meta.url);
const TABLE = /(<!-- endpoints:[^\n]*-->\n)(.*?)(<!-- \/endpoints -->)/s;
const SESSION_TABLE = /(<!-- session endpoints:[^\n]*-->\n)(.*?)(<!-- \/session endpoints -->)/s;
const EXAMPLES = /^```sh\n((?:curl .*\n)+)```\n```json\n((?:(?!```).*\n)*)```$/gm;

let served: ServedJob;
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
    }).addSink({ invoke: () => undefined });
  });
  await served.getWhen(`/jobs/${served.job.jobId}`, ({ vertices }) => vertices[0].status === 'RUNNING');
});
afterAll(() => served.close());

describe('docs/rest.md', () => {
  const lists = (place: RegExp, endpoints: readonly EndpointDescription[]): void => {
    const rows = endpoints.map(({ method, path, summary, query }) => {
      const names = Object.keys((query?.() as unknown as { shape: object } | undefined)?.shape ?? {});
      return `| ${method.toUpperCase()} | \`${path}${names.length === 0 ? '' : `?${names.map((name) => `${name}=`).join('&')}`}\` | ${summary} |`;
    });
    const table = ['| Method | Path | |', '| --- | --- | --- |', ...rows, ''].join('\n');
    if (process.env['UPDATE_DOCS']) writeFileSync(page, readFileSync(page, 'utf8').replace(place, (_, head: string, __, tail: string) => head + table + tail));
    expect(place.exec(readFileSync(page, 'utf8'))?.[2], 'run UPDATE_DOCS=1 npx vitest run test/rest/rest-page.test.ts').toBe(table);
  };

  it('lists the endpoints that there are', () => lists(TABLE, served.endpoints));

  it('lists what a session cluster has beside: all else is there, too', () => {
    const key = ({ method, path }: EndpointDescription): string => `${method} ${path}`;
    const session = dispatcherEndpoints({ served: { clock: systemClock, configuration: new Configuration() } } as never);
    const ofRuns = new Set(served.endpoints.map(key));
    lists(SESSION_TABLE, session.filter((one) => !ofRuns.has(key(one))));
    expect([...ofRuns].filter((one) => !session.some((other) => key(other) === one))).toEqual([]);
  });

  it('gives examples that come out as it says', async () => {
    const values: Record<string, string> = { JOB: served.job.jobId, VERTEX: served.job.snapshot().vertices[0]!.id, TRIGGER: '' };
    const examples = [...readFileSync(page, 'utf8').matchAll(EXAMPLES)];
    expect(examples.length).toBe(7);
    for (const [, commands, answers] of examples) {
      const expected = answers!.trim().split('\n');
      for (const [i, command] of commands!.trim().split('\n').entries()) {
        const [, path] = /http:\/\/localhost:8081([^\s"]*)/.exec(command)!;
        const [, method = 'GET'] = /-X (\w+)/.exec(command) ?? [];
        const [, body] = /-d '([^']*)'/.exec(command) ?? [];
        const pattern = new RegExp(`^${expected[i]!.split('…').map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join('.+')}$`);
        const ask = async (): Promise<any> => (await served.ask(method, path!.replaceAll(/\$(\w+)/g, (_, name: string) => values[name]!), body && JSON.parse(body.replace('savepoints', `${served.folder}/savepoints`)))).json;
        let answer = await ask();
        for (let tries = 0; method === 'GET' && !pattern.test(JSON.stringify(answer)) && tries < 2_000; tries++) {
          await sleep(systemClock, 20);
          answer = await ask();
        }
        expect(JSON.stringify(answer), command).toMatch(pattern);
        values['TRIGGER'] = answer['request-id'] ?? values['TRIGGER'];
      }
    }
  });
});
