/**
 * `flink run`: runs a job on the embedded cluster and waits for it.
 */
import { Flags } from '@oclif/core';
import { FlinkCommand, targetFlags } from '../src/client/command-line/flink-command.js';
import { splitAtJobFile } from '../src/client/command-line/job-arguments.js';
import { jobArguments, jobFlags, parallelismOf, programOf } from '../src/client/command-line/job-flags.js';
import { dryRun } from '../src/client/dry-run.js';
import type { ExitCode } from '../src/client/exit-codes.js';
import { runJob } from '../src/client/run-job.js';

export default class Run extends FlinkCommand {
  static override summary = 'Run a job.';
  static override description = 'Options stand before the job file; everything after it goes to the program. Printed records go to standard output, everything else to standard error. Exit codes: 0 finished, 1 the job failed, 2 it never started, 130 cancelled.';
  static override examples = ['<%= config.bin %> run job.ts', '<%= config.bin %> run -p 2 word-count.ts --input book.txt', '<%= config.bin %> run -s checkpoints/5f0c…/chk-50/_metadata job.ts', '<%= config.bin %> run -d -t remote job.ts', 'cat book.txt | <%= config.bin %> run word-count.ts --input - | head'];
  static override usage = 'run [options] <job> [arguments]';
  static override args = jobArguments;
  static override strict = false;
  static override flags = {
    ...jobFlags,
    fromSavepoint: Flags.string({ char: 's', helpValue: '<path>', description: 'Go on from this savepoint or checkpoint: its folder, or the _metadata file in it.' }),
    allowNonRestoredState: Flags.boolean({ char: 'n', description: 'Drop state of operators that the program no longer has, and take keys of another type than those of the snapshot; without it both are refused.' }),
    claimMode: Flags.string({ aliases: ['cm', 'restoreMode', 'rm'], helpValue: '<claim|no_claim>', options: ['claim', 'no_claim'], description: 'Whose the snapshot is from now on: yours (no_claim, the default), or the job’s (claim), which deletes it when it needs it no more.' }),
    recover: Flags.boolean({ description: 'Go on from the newest complete checkpoint of a job of the same name in execution.checkpointing.dir, and take it over, or from the savepoint with which it was being stopped or from which it was started; start afresh when there is none. After a crash, the same command continues.' }),
    'dry-run': Flags.boolean({ description: 'Say what going on from the snapshot would restore, drop and begin anew, and end: exit code 2 when it would be refused. Opens and closes the functions that have state in the snapshot.' }),
    detached: Flags.boolean({ char: 'd', aliases: ['yarndetached', 'yd'], description: 'Submit and return: to the session cluster if one runs, otherwise to a process of its own that outlives the terminal. Prints the job id; standard error says where the job’s output goes.' }),
    wait: Flags.boolean({ description: 'With -d: return when all tasks run, so that a savepoint can be taken, or when the job has ended. Waits for client.timeout at most.' }),
    ...targetFlags,
    shutdownOnAttachedExit: Flags.boolean({ aliases: ['sae'], description: 'While this terminal waits for a job of a session cluster, Ctrl-C cancels the job; without it Ctrl-C only ends the waiting.' }),
    'result-file': Flags.string({ helpValue: '<path>', description: 'Write the result, or the error, as one line of JSON to this file.' }),
  };

  async perform(): Promise<ExitCode> {
    const { options, jobFile, programArguments } = splitAtJobFile(this.argv, Run.flags);
    const { flags } = await this.parse(Run, [...options]);
    const request = {
      ...programOf(flags.jarfile, jobFile, programArguments, 'run'),
      entry: flags.class,
      parallelism: parallelismOf(flags.parallelism),
      dynamic: flags.define ?? [],
      detached: flags.detached,
      wait: flags.wait,
      restore: { path: flags.fromSavepoint, allowNonRestoredState: flags.allowNonRestoredState, claimMode: flags.claimMode, recover: flags.recover },
    };
    const reporter = this.talk(flags);
    if (options.some((word) => /^--?(restoreMode|rm)(=|$)/.test(word))) reporter.say("The option 'restoreMode' is deprecated. Please use 'claimMode' instead.");
    if (flags['dry-run']) return dryRun(request, reporter);
    return runJob({ ...request, target: flags.target, jobmanager: flags.jobmanager, zookeeperNamespace: flags.zookeeperNamespace, shutdownOnAttachedExit: flags.shutdownOnAttachedExit }, reporter);
  }
}
