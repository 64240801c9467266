/**
 * `flink bundle`: writes a job and everything it imports as one file that any installation runs.
 */
import { writeFileSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { FlinkError } from '../core/errors.js';
import { bundleJob } from './bundle-job.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { displayPath, findJobFile } from './job-file.js';
import type { Reporter } from './reporter.js';

export interface BundleFileRequest {
  readonly jobFile: string;
  /** Default: the job file's name with `.bundle.mjs`, in the current folder. */
  readonly output?: string | undefined;
}

export async function writeBundle(request: BundleFileRequest, reporter: Reporter): Promise<ExitCode> {
  try {
    const job = findJobFile(request.jobFile);
    const target = resolve(request.output ?? `${basename(job.path, extname(job.path))}.bundle.mjs`);
    if (target === job.path) throw new FlinkError('USAGE', `the bundle would replace the job file ${job.shown}`, { hint: 'Name another file with -o.' });
    const { code, hash, warnings } = await bundleJob({ job, target, portable: true });
    for (const warning of warnings) reporter.say(`Warning: ${warning}`);
    write(target, code);
    reporter.say(`Wrote ${displayPath(target)} (${code.length} characters)`);
    reporter.result({ file: target, hash, size: Buffer.byteLength(code), exit: EXIT.finished });
    return EXIT.finished;
  } catch (error) {
    return reporter.error(error, EXIT.notStarted);
  }
}

function write(target: string, code: string): void {
  try {
    writeFileSync(target, code);
  } catch (cause) {
    throw new FlinkError('OUTPUT_UNWRITABLE', `the bundle ${displayPath(target)} cannot be written: ${(cause as Error).message}`, { cause });
  }
}
