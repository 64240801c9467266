/**
 * Our OpenAPI document beside the one that Apache Flink publishes: whoever made a client from Flink's may use it here.
 */
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { Configuration } from '../../src/core/configuration.js';
import { dispatcherEndpoints } from '../../src/dispatcher/dispatcher-application.js';
import { openApiDocument } from '../../src/rest/open-api.js';
import { type Fields, ownEndpoints, published, publishedEndpoints } from './published-document.js';

/** The document names fields of Java's classes where a serialiser of Flink writes something else. */
const ON_THE_WIRE: Readonly<Record<string, string>> = {
  MetricCollectionResponseBody: '[Metric]',
  AggregatedMetricsResponseBody: '[AggregatedMetric]',
  AggregatedMetric: 'id:string min:number max:number avg:number sum:number skew:number',
  JobConfigInfo: 'jid:string name:string execution-config:ExecutionConfigInfo',
  JobResult: 'id:string application-status:ApplicationStatus accumulator-results:{string} net-runtime:integer failure-cause:SerializedThrowable',
  SerializedThrowable: 'class:string stack-trace:string',
  ProcessingMode: 'at_least_once|exactly_once',
  JobDetailsVertexInfo: published.schemas['JobDetailsVertexInfo']!.replace('slotSharingGroupId:object', 'slotSharingGroupId:string'),
  JobAccumulatorsInfo: published.schemas['JobAccumulatorsInfo']!.replace('accumulators:{object}', 'accumulators:{string}'),
};
const theirs = publishedEndpoints({ ...published.schemas, ...ON_THE_WIRE });
const ours = ownEndpoints(openApiDocument(dispatcherEndpoints({ served: { clock: systemClock, configuration: new Configuration() } } as never), '1'));

/** Fields that Flink writes only where something is that does not exist here. */
const NOT_HERE: Readonly<Record<string, RegExp>> = {
  'TaskManagers that are blocked': /(^|\.)(blocked|slots-free-and-blocked|taskmanagers-blocked)$/,
  'attempts of a subtask beside one another': /\.?other-concurrent-attempts\b/,
};

/** Every field of theirs is there, of the same type; `*` stands for any name. */
function disagreements(expected: Fields | undefined, given: Fields | undefined, agree: (expected: string, given: string) => boolean): string[] {
  return [...(expected ?? [])].filter(([at]) => !Object.values(NOT_HERE).some((one) => one.test(at))).flatMap(([at, type]) => {
    const pattern = new RegExp(`^${at.split('*').map((part) => part.replaceAll(/[[\].]/g, String.raw`\$&`)).join('[^.]+')}$`);
    const found = [...(given ?? [])].filter(([name]) => pattern.test(name) || name === at);
    if (found.length === 0) return [`${at} is missing`];
    return found.filter(([, own]) => !agree(type, own)).map(([name, own]) => `${name} is ${own}, not ${type}`);
  });
}

const words = (type: string): string[] => type.split('|');
const isText = (type: string): boolean => words(type).every((word) => !['integer', 'number', 'boolean', 'object', 'array', 'unknown'].includes(word));
/** Of an answer: nothing that clients do not know. A text of theirs may be one of few here, and an object told with its fields. */
const answers = (expected: string, given: string): boolean => {
  if (expected === 'string') return isText(given);
  if (expected === 'object') return given === 'object' || given === 'unknown' || given.startsWith('object');
  return expected.includes('|') || isText(expected) ? words(given).every((word) => words(expected).includes(word)) : given === expected;
};
/** Of a request: whatever clients may send is taken. */
const takes = (expected: string, given: string): boolean => given === expected || given === 'unknown' || (expected.includes('|') && words(expected).every((word) => words(given).includes(word)));

describe('of the endpoints in the document that Flink publishes', () => {
  it('there are those of both versions beside 1.20', () => {
    expect(published.versions).toEqual(['v1/1.19-SNAPSHOT', 'v1/2.0-SNAPSHOT']);
    expect(theirs.length).toBe(70);
  });

  it.each(theirs.map((one) => [one.name, one] as const))('%s is there, with its parameters, its status and its fields', (name, expected) => {
    const own = ours.get(name);
    expect(own, 'the endpoint').toBeDefined();
    expect(own!.status).toBe(expected.status);
    const parameters = [...expected.parameters].flatMap(([key, { type, required }]) => {
      const given = own!.parameters.get(key);
      if (!given) return [`${key} is missing`];
      return [...(given.required === required ? [] : [`${key} is required: ${given.required}`]), ...(takes(type, given.type) ? [] : [`${key} is ${given.type}, not ${type}`])];
    });
    expect(parameters).toEqual([]);
    expect([...own!.parameters].filter(([key, { required }]) => required && !expected.parameters.has(key)), 'what only we require').toEqual([]);
    expect(disagreements(expected.body, own!.body, takes), 'the request').toEqual([]);
    expect(disagreements(expected.answer, own!.answer, answers), 'the answer').toEqual([]);
  });
});

const PLAN = ['jid', 'name', 'type', 'nodes[].id', 'nodes[].parallelism', 'nodes[].operator', 'nodes[].operator_strategy', 'nodes[].description', 'nodes[].optimizer_properties', 'nodes[].inputs[].num', 'nodes[].inputs[].id', 'nodes[].inputs[].ship_strategy', 'nodes[].inputs[].exchange'];
const SUBTASK = '/jobs/{jobid}/vertices/{vertexid}/subtasks/{subtaskindex}';

describe('what the document leaves out, or named in older versions, is answered, too', () => {
  it.each([
    ['GET /jobs/{jobid}/plan', PLAN.map((name) => `plan.${name}`)],
    ['GET /jobs/{jobid}', PLAN.map((name) => `plan.${name}`)],
    ['POST /jars/{jarid}/plan', PLAN.map((name) => `plan.${name}`)],
    [`GET ${SUBTASK}`, ['start_time']],
    [`GET ${SUBTASK}/attempts/{attempt}`, ['start_time']],
    ['GET /jobs/{jobid}/vertices/{vertexid}/backpressure', ['backpressure-level', 'subtasks[].backpressure-level']],
    ['GET /taskmanagers/{taskmanagerid}', ['metrics.memorySegmentsAvailable', 'metrics.memorySegmentsTotal']],
  ])('%s: %j', (name, fields) => {
    expect(fields.filter((field) => !ours.get(name)!.answer!.has(field))).toEqual([]);
  });
});

/** Endpoints that the document does not name. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  'Flink serves them for its pages': [
    'GET /jars/{jarid}/plan', 'GET /jobmanager/log', 'GET /jobmanager/logs/{filename}', 'GET /jobmanager/stdout', 'GET /taskmanagers/{taskmanagerid}/log', 'GET /taskmanagers/{taskmanagerid}/logs/{filename}',
    'GET /taskmanagers/{taskmanagerid}/stdout',
  ],
  'they are of this engine': ['GET /jobs/{jobid}/standstill', 'GET /metrics', 'GET /metrics/samples'],
};

it('there is nothing beside them but what is named here', () => {
  const known = new Set([...theirs.map(({ name }) => name), ...Object.values(BESIDE).flat()]);
  expect([...ours.keys()].filter((name) => !known.has(name))).toEqual([]);
  expect(ours.size).toBe(known.size);
});

/** What requests may hold beside: older names, and what Flink does not have. */
it('a request takes the fields of the document and no others', () => {
  const names = (fields: Fields | undefined): string[] => [...(fields?.keys() ?? [])].filter((name) => fields!.get(name) !== 'object').map((name) => name.replace(/(\[\]|\.\*)$/, '')).sort();
  for (const { name, body } of theirs.filter((one) => one.body && !one.name.startsWith('POST /jars'))) expect(names(ours.get(name)!.body), name).toEqual(names(body));
});
