/**
 * What every command shares: it ends with an exit code of the table, and its mistakes are told in one paragraph.
 */
import { Command, Flags } from '@oclif/core';
import { FlinkError } from '../../core/errors.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { ClusterChoice } from '../control/job-directory.js';
import { type Manners, Reporter } from '../reporter.js';
import type { ClusterOptions } from '../session/choose-cluster.js';
import { standardTerminal } from '../terminal.js';
import type { OptionTable } from './job-arguments.js';
import { usageError } from './usage-error.js';

export const commonFlags = {
  quiet: Flags.boolean({ char: 'q', description: 'Say nothing but errors.' }),
  verbose: Flags.boolean({ char: 'v', description: 'Say more: what was bundled, settings without effect, stack traces.' }),
  'no-color': Flags.boolean({ description: 'Use no colours (NO_COLOR does the same, FORCE_COLOR the opposite).' }),
  json: Flags.boolean({ description: 'Say results and errors as one line of JSON.' }),
};

/** For commands that look at files and run no job. */
export const dynamicProperties = Flags.string({ char: 'D', helpValue: '<key=value>', multiple: true, multipleNonGreedy: true, description: 'Set a configuration key, for example one that says how S3 is reached.' });

/** Where a job is run, or looked for. */
export const targetFlags = {
  target: Flags.string({ char: 't', aliases: ['executor'], charAliases: ['e'], helpValue: '<local|remote>', description: 'Where jobs are: in processes of their own, or in the session cluster.' }),
  jobmanager: Flags.string({ char: 'm', helpValue: '<host:port>', description: 'The cluster to speak to, of this engine or of Apache Flink. Default: every one of yours on this machine.' }),
  zookeeperNamespace: Flags.string({ char: 'z', helpValue: '<name>', description: 'Sets high-availability.cluster-id, as in Flink.' }),
};

/** For commands that speak to a cluster. */
export const clusterFlags = {
  ...targetFlags,
  define: Flags.string({ char: 'D', helpValue: '<key=value>', multiple: true, multipleNonGreedy: true, description: 'Set a configuration key, for example one that says how the cluster is reached. May be repeated.' }),
  timeout: Flags.string({ helpValue: '<duration>', description: 'How long to wait for an answer, or until what was asked for is complete: 30s, 5min. Default: client.timeout.' }),
  ...commonFlags,
};

/** What was begun and failed is no mistake of whoever asked for it. */
const BEGUN: ReadonlySet<string> = new Set(['CHECKPOINT_FAILED', 'STOP_FAILED', 'RESCALING_FAILED', 'TIMEOUT']);

export abstract class FlinkCommand extends Command {
  /** Does the work; what it throws is a mistake in how it was called. */
  abstract perform(): Promise<ExitCode>;

  override async run(): Promise<void> {
    process.exitCode = await this.perform();
  }

  /** Which cluster the options mean. */
  protected async cluster(options: ClusterOptions): Promise<ClusterChoice> {
    const { chooseCluster } = await import('../session/choose-cluster.js');
    return chooseCluster(options);
  }

  /** How the options want things said. */
  protected talk(flags: { quiet: boolean; verbose: boolean; json: boolean; 'no-color': boolean; 'result-file'?: string | undefined }): Reporter {
    return this.reporter({ quiet: flags.quiet, verbose: flags.verbose, json: flags.json, noColour: flags['no-color'], resultFile: flags['result-file'] });
  }

  private reporter(manners: Partial<Manners> & { noColour?: boolean }): Reporter {
    return new Reporter(standardTerminal({ noColour: manners.noColour ?? false }), { quiet: false, verbose: false, json: false, ...manners });
  }

  /** The parser threw before the flags were known, so how to say it is read from the words themselves. */
  protected override async catch(error: Error): Promise<void> {
    const cut = this.argv.indexOf('--');
    const words = cut < 0 ? this.argv : this.argv.slice(0, cut);
    const said = usageError(error, this.ctor.id, (this.ctor.flags ?? {}) as OptionTable);
    const manners = { json: words.includes('--json'), verbose: words.includes('--verbose') || words.includes('-v'), noColour: words.includes('--no-color') };
    // oclif would warn that the words were not parsed; the error says why.
    this.parsed = true;
    const exit = said instanceof FlinkError && BEGUN.has(said.code) ? EXIT.failed : EXIT.notStarted;
    process.exitCode = await this.reporter(manners).error(said, exit);
  }
}
