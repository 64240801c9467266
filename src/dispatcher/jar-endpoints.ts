/**
 * Submitting: bundles are uploaded, planned, run and deleted under Flink's `/jars`; `POST /jobs` takes bundle and request
 * at once.
 */
import { basename } from 'node:path';
import type { Context } from 'hono';
import * as z from 'zod/mini';
import { nothing } from '../rest/answers/common.js';
import { jobPlan } from '../rest/answers/job-answers.js';
import { type Endpoint, endpoint, type OpenEndpoint } from '../rest/endpoint.js';
import { RestError } from '../rest/rest-error.js';
import { queryOf } from '../rest/serve-endpoints.js';
import { jarRun, jars, jarUploaded, jobSubmitted, runQuery, submitForm, uploadForm } from './jar-answers.js';
import type { ApplicationOptions } from './dispatcher-application.js';
import { jobSubmission, type JobSubmission } from './job-order.js';
import { jobOutputs } from './job-process.js';
import { planBundle } from './plan-bundle.js';
import { programWords } from './program-words.js';

/** Flink's `JarRunRequestBody`; `programArgs` and `restoreMode` are its older names. */
const runRequest = z.object({
  entryClass: z.nullish(z.string()),
  programArgsList: z.nullish(z.array(z.string())),
  programArgs: z.nullish(z.string()),
  parallelism: z.nullish(z.int().check(z.gte(1))),
  jobId: z.nullish(z.string().check(z.regex(/^[0-9a-f]{32}$/, 'expected 32 hexadecimal digits'))),
  savepointPath: z.nullish(z.string()),
  allowNonRestoredState: z.nullish(z.boolean()),
  claimMode: z.nullish(z.enum(['CLAIM', 'NO_CLAIM', 'LEGACY'])),
  restoreMode: z.nullish(z.enum(['CLAIM', 'NO_CLAIM', 'LEGACY'])),
  flinkConfiguration: z.nullish(z.record(z.string(), z.unknown())),
});
type RunRequest = z.infer<typeof runRequest>;

type JarOptions = Pick<ApplicationOptions, 'bundles' | 'dispatcher'>;

export function jarEndpoints(options: JarOptions): (Endpoint | OpenEndpoint)[] {
  const { bundles } = options;
  const routes = new JarRoutes(options);
  const plan = { path: '/jars/:jarid/plan', summary: 'The plan of the job that a bundle builds.', query: runQuery, answer: jobPlan, respond: (request: Context) => routes.plan(request) } as const;
  return [
    endpoint({
      method: 'get', path: '/jars', summary: 'The bundles that were uploaded, newest first.', answer: jars,
      handle: ({ origin }) => ({ address: origin, files: bundles.all().map(({ id, name, uploaded: time }) => ({ id, name, uploaded: time, entry: [] })) }),
    }),
    { method: 'post', path: '/jars/upload', summary: 'Takes a bundle: a form with a file, or the bytes themselves.', query: () => z.object({ name: z.optional(z.string()) }), form: uploadForm, answer: jarUploaded, respond: (request) => routes.upload(request) },
    endpoint({
      method: 'delete', path: '/jars/:jarid', summary: 'Deletes a bundle.', answer: nothing,
      handle({ param }) {
        bundles.delete(param('jarid'));
        return {};
      },
    }),
    { method: 'get', ...plan },
    { method: 'post', ...plan, body: () => runRequest },
    { method: 'post', path: '/jars/:jarid/run', summary: 'Runs the job that a bundle builds.', query: runQuery, body: () => runRequest, answer: jarRun, respond: (request) => routes.run(request) },
    { method: 'post', path: '/jobs', summary: 'Runs a job: a form with the bundle and, as JSON, how it is to run.', form: submitForm, answer: jobSubmitted, status: 202, respond: (request) => routes.submit(request) },
  ];
}

class JarRoutes {
  constructor(private readonly options: JarOptions) {}

  async upload(request: Context): Promise<Response> {
    const { name, content } = await uploaded(request);
    return request.json({ filename: this.options.bundles.add(name, content), status: 'success' });
  }

  async plan(request: Context): Promise<Response> {
    const path = this.path(request);
    return request.json({ plan: await planBundle(this.options.dispatcher, submissionOf(path, await asked(request)), path) });
  }

  async run(request: Context): Promise<Response> {
    const path = this.path(request);
    return request.json({ jobid: await this.options.dispatcher.submit(submissionOf(path, await asked(request)), { path }) });
  }

  /** Bundle and request at once: what `flink run -d` sends. */
  async submit(request: Context): Promise<Response> {
    const { dispatcher } = this.options;
    const form = await formOf(request);
    const bundle = form.get('bundle');
    if (!(bundle instanceof File)) throw new RestError(400, 'Bad request: expected a program in the file "bundle" of the form, as `flink run -d` of this engine sends it; a job graph of Java runs on Apache Flink only.');
    const read = jobSubmission.safeParse(parsed(String(form.get('request') ?? '')));
    if (!read.success) throw refused(read.error);
    const jobId = await dispatcher.submit(read.data, { text: await bundle.text() });
    return request.json({ jobUrl: `/jobs/${jobId}`, ...jobOutputs(dispatcher.options.logFolder, jobId) }, 202);
  }

  private path(request: Context): string {
    return this.options.bundles.path(request.req.param('jarid') ?? '');
  }
}

/** A form with the file `jarfile`, or the bytes themselves. */
async function uploaded(request: Context): Promise<{ name: string; content: Uint8Array }> {
  const type = request.req.header('content-type') ?? '';
  if (!type.startsWith('multipart/form-data')) return withContent(request.req.query('name') ?? 'bundle.mjs', new Uint8Array(await request.req.arrayBuffer()));
  const files = [...(await formOf(request)).values()].filter((value) => value instanceof File);
  const [file] = files;
  if (!file || files.length > 1) throw new RestError(400, `Exactly 1 file must be sent, received ${files.length}.`);
  return withContent(file.name, new Uint8Array(await file.arrayBuffer()));
}

function withContent(name: string, content: Uint8Array): { name: string; content: Uint8Array } {
  if (content.length === 0) throw new RestError(400, 'Bad request: the bundle is empty.');
  return { name, content };
}

async function formOf(request: Context): Promise<FormData> {
  try {
    return await request.req.formData();
  } catch (cause) {
    throw new RestError(400, `Bad request: expected a form (multipart/form-data): ${(cause as Error).message}`, { cause });
  }
}

/** The body counts more than the query, as in Flink. */
async function asked(request: Context): Promise<RunRequest> {
  const text = await request.req.text();
  const all = queryOf(request);
  const query = (name: string): string | undefined => all[name];
  const parallelism = query('parallelism');
  const given = {
    entryClass: query('entry-class'), savepointPath: query('savepointPath'), programArgs: query('program-args'),
    ...(parallelism === undefined ? {} : { parallelism: Number(parallelism) }),
    ...(query('programArg') === undefined ? {} : { programArgsList: query('programArg')!.split(',') }),
    ...(query('allowNonRestoredState') === undefined ? {} : { allowNonRestoredState: query('allowNonRestoredState') === 'true' }),
  };
  const body = text === '' ? {} : parsed(text);
  const read = runRequest.safeParse(typeof body === 'object' && body !== null ? { ...given, ...body } : body);
  if (!read.success) throw refused(read.error);
  return read.data;
}

function submissionOf(path: string, request: RunRequest): JobSubmission {
  const { entryClass, programArgsList, programArgs, parallelism, jobId, savepointPath, allowNonRestoredState, flinkConfiguration } = request;
  const claimMode = request.claimMode ?? request.restoreMode;
  if (programArgs && programArgsList && programArgsList.length > 0) throw new RestError(400, 'Confusing request: programArgs and programArgsList are specified, please, use only programArgsList');
  if (claimMode === 'LEGACY') throw new RestError(400, 'The claim mode LEGACY is not supported: give CLAIM or NO_CLAIM.');
  return {
    jobFile: basename(path),
    programArgs: programArgsList && programArgsList.length > 0 ? programArgsList : programWords(programArgs ?? ''),
    ...(entryClass ? { entry: entryClass } : {}),
    ...(jobId ? { jobId } : {}),
    configuration: {
      ...flinkConfiguration,
      ...(parallelism ? { 'parallelism.default': parallelism } : {}),
      ...(savepointPath ? { 'execution.state-recovery.path': savepointPath } : {}),
      ...(allowNonRestoredState ? { 'execution.state-recovery.ignore-unclaimed-state': true } : {}),
      ...(claimMode ? { 'execution.state-recovery.claim-mode': claimMode } : {}),
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RestError(400, `Bad request: the body is not JSON: ${(cause as Error).message}`, { cause });
  }
}

function refused({ issues: [issue] }: z.core.$ZodError): RestError {
  return new RestError(400, `Bad request: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}
