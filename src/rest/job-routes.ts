/**
 * Jobs: which there are, how they stand, and cancelling them.
 */
import type { Hono } from 'hono';
import type { JobRecords } from './job-records.js';
import { RestError } from './rest-error.js';

export function addJobRoutes(app: Hono, records: JobRecords): void {
  app.get('/jobs', (request) => request.json({ jobs: records.all().map(({ job }) => ({ id: job.jobId, status: job.status() })) }));
  app.get('/jobs/overview', (request) => request.json({ jobs: records.all().map((record) => record.overview()) }));
  app.get('/jobs/:jobid/status', (request) => request.json({ status: records.of(request.req.param('jobid')).job.status() }));
  app.patch('/jobs/:jobid', (request) => {
    const record = records.of(request.req.param('jobid'));
    const mode = request.req.query('mode') ?? 'cancel';
    if (mode !== 'cancel') throw new RestError(400, `The mode of a PATCH is "cancel"; "${mode}" came.`);
    const { job } = record;
    if (record.terminal) throw new RestError(409, `Job cancellation failed because the job has already reached another terminal state (${job.status()}).`);
    job.cancel();
    return request.json({}, 202);
  });
}
