/**
 * How a command says what happened: lines for people, one object of JSON for programs, or both.
 *
 * Invariant: with JSON on standard error the object is the last line, and the paragraph for people is left out.
 */
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { FlinkError } from '../core/errors.js';
import { errorJson, renderError, reportError } from './error-report.js';
import type { ExitCode } from './exit-codes.js';
import { jsonLine } from './job-summary.js';
import { paintFor, PLAIN, type Terminal } from './terminal.js';
import type { UserSources } from './user-stack.js';

export interface Manners {
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Writes JSON as the last line of standard error, unless there is a `resultFile`. */
  readonly json: boolean;
  readonly resultFile?: string | undefined;
}

export class Reporter {
  /** @param log takes what is said besides the terminal, also what `-q` leaves out there. */
  constructor(readonly terminal: Terminal, readonly manners: Manners, readonly log: (text: string) => void = () => undefined) {}

  /** Talk: left out with `-q`. */
  say(text: string): void {
    this.log(text);
    if (!this.manners.quiet) this.terminal.say(text);
  }

  /** Talk for the curious: only with `-v`. */
  detail(text: string): void {
    if (this.manners.verbose) this.say(text);
  }

  /** Empties the result file now: a path that cannot be written should not cost a whole run. */
  checkResultFile(): void {
    const file = this.manners.resultFile;
    if (file === undefined) return;
    try {
      closeSync(openSync(file, 'w'));
    } catch (cause) {
      throw new FlinkError('OUTPUT_UNWRITABLE', `the result file ${file} cannot be written: ${(cause as Error).message}`, { cause });
    }
  }

  /** What a command was asked for, for programs: one line of JSON on standard output, with `--json`. */
  answer(value: object): void {
    if (this.manners.json) this.terminal.print(`${jsonLine(value)}\n`);
  }

  /** A result for programs; nothing when nobody asked for one. */
  result(value: object): void {
    const { json, resultFile } = this.manners;
    if (resultFile !== undefined) writeFileSync(resultFile, `${jsonLine(value)}\n`, { flag: 'a' });
    else if (json) this.terminal.say(jsonLine(value));
  }

  /** Says an error in every form asked for. `result` is what else the object for programs should hold. */
  async error(error: unknown, exit: ExitCode, sources?: UserSources, result: object = {}): Promise<ExitCode> {
    const report = await reportError(error, exit, sources);
    const { json, resultFile, verbose } = this.manners;
    this.log(renderError(report, PLAIN, verbose));
    if (!json || resultFile !== undefined) this.terminal.say(renderError(report, await paintFor(this.terminal), verbose));
    try {
      this.result({ ...result, ...errorJson(report), exit });
    } catch {
      // The result file is what failed, and the paragraph has said so.
    }
    return exit;
  }
}
