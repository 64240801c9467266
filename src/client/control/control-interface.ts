/**
 * Lets others speak to the jobs of this run: opens the control socket, and the port, once a job has run for a moment.
 *
 * A job that is over sooner is over before anybody could have typed its id, and is spared the cost. Reporters that are
 * configured hear of it all the same, at its end.
 */
import type { RunningJob } from '../../cluster/running-job.js';
import type { Clock, ScheduledCall } from '../../core/clock.js';
import type { Configuration } from '../../core/configuration.js';
import { systemRandom } from '../../core/random.js';
import { reporterSettings } from '../../metrics/reporter-settings.js';
import type { RestServer } from '../../rest/rest-server.js';
import type { RestSettings } from '../../rest/rest-settings.js';
import { installedVersion } from '../installation.js';
import type { Reporter } from '../reporter.js';
import type { UserSources } from '../user-stack.js';

const OPENS_AFTER_MS = 300;

export interface ControlInterfaceOptions {
  /** Path of the control socket. */
  readonly socket: string;
  /** Where it listens beside the socket. */
  readonly tcp: RestSettings | undefined;
  readonly configuration: Configuration;
  /** Finds the author's own lines. */
  readonly sources: UserSources;
  readonly reporter: Reporter;
  /** Its log files, if it writes any. */
  readonly log: { readonly folder: string; readonly prefix: string } | undefined;
  readonly clock: Clock;
}

export class ControlInterface {
  private readonly jobs: RunningJob[] = [];
  private readonly opening: ScheduledCall;
  private server: Promise<RestServer | undefined> | undefined;
  private closing = false;

  constructor(private readonly options: ControlInterfaceOptions) {
    this.opening = options.clock.schedule(OPENS_AFTER_MS, () => void (this.server = this.open()));
  }

  add(job: RunningJob): void {
    this.jobs.push(job);
    void this.server?.then((server) => server?.add(job));
  }

  /** Lets the reporters that are configured tell how the jobs have ended. There are no more jobs. */
  async lastReport(): Promise<void> {
    const { jobs, options: { configuration, clock, reporter } } = this;
    this.opening.cancel();
    if (reporterSettings(configuration).length === 0) return;
    const server = await this.server;
    if (server) return server.lastReport();
    const { reportEnded } = await import('../../rest/process-reporting.js');
    await reportEnded(jobs, { configuration, version: installedVersion(), clock, say: (line) => reporter.say(line) });
  }

  async close(): Promise<void> {
    this.closing = true;
    this.opening.cancel();
    await (await this.server)?.close();
  }

  /** The job does not need it: a socket that cannot be made is told and left. */
  private async open(): Promise<RestServer | undefined> {
    const { socket, tcp, configuration, sources, reporter, log, clock } = this.options;
    try {
      const { startRestServer } = await import('../../rest/rest-server.js');
      const server = await startRestServer({ socket, tcp, configuration, clock, random: systemRandom, version: installedVersion(), logFolder: log?.folder, logPrefix: log?.prefix, readableStack: (stack) => sources.rewrite(stack), say: (line) => this.say(line) });
      if (server.url !== undefined) reporter.detail(`The REST interface listens at ${server.url}`);
      for (const job of this.jobs) server.add(job);
      return server;
    } catch (error) {
      this.say(`Warning: other terminals cannot reach this job: ${(error as Error).message}`);
      return undefined;
    }
  }
  /** How it may be reached is no news of a job that is over, and would stand below what became of it. */
  private say(line: string): void {
    if (!this.closing) this.options.reporter.say(line);
  }
}
