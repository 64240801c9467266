/**
 * What the reporters of a process with jobs report, while they run and for the last time.
 */
import type { RunningJob } from '../cluster/running-job.js';
import { jobManagerMetrics } from './cluster-endpoints.js';
import { JobRecords, type KnownJobs } from './job-records.js';
import { reportOnce, type ReportingOptions } from './metric-reporting.js';
import { ProcessMetrics } from './process-metrics.js';
import { sampleMetrics } from './sample-metrics.js';

type Surroundings = Pick<ReportingOptions, 'configuration' | 'version' | 'clock' | 'say'>;

export function processReporting({ configuration, version, clock, say }: Surroundings, records: KnownJobs): ReportingOptions {
  const own = new ProcessMetrics(clock);
  return { configuration, version, clock, say, sample: (last) => sampleMetrics(records, jobManagerMetrics(records, own), last) };
}

/** For jobs that were over before any reporter had been started. */
export async function reportEnded(jobs: readonly RunningJob[], options: Surroundings): Promise<void> {
  const records = new JobRecords(options.clock);
  for (const job of jobs) records.add(job);
  await reportOnce(processReporting(options, records));
  records.close();
}
