/**
 * The jobs that the REST interface knows, in the order of their submission.
 */
import type { RunningJob } from '../cluster/running-job.js';
import type { Clock } from '../core/clock.js';
import { JobRecord } from './job-record.js';
import { RestError } from './rest-error.js';
import type { ReadableStack } from './served-process.js';

/** Where endpoints find jobs. */
export interface KnownJobs {
  all(): readonly JobRecord[];
  /** Throws what answers a request for a job that is not there. */
  of(jobId: string): JobRecord;
}

export class JobRecords implements KnownJobs {
  private readonly records = new Map<string, JobRecord>();

  constructor(private readonly clock: Clock, private readonly readableStack?: ReadableStack) {}

  add(job: RunningJob): void {
    this.records.set(job.jobId, new JobRecord(job, this.clock, this.readableStack));
  }

  all(): readonly JobRecord[] {
    return [...this.records.values()];
  }

  of(jobId: string): JobRecord {
    if (!/^[0-9a-f]{32}$/.test(jobId)) throw new RestError(400, `A job id has 32 hexadecimal digits; "${jobId}" came.`);
    const record = this.records.get(jobId);
    if (!record) throw new RestError(404, `Job ${jobId} not found`);
    return record;
  }

  close(): void {
    for (const record of this.records.values()) record.close();
  }
}
