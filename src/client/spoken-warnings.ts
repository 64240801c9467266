/**
 * Warnings of jobs that run without `flink run`: on standard error, for standard output is the job's data.
 *
 * Invariant: each text is said once, however many jobs it is true of.
 */
export class SpokenWarnings {
  /** In the order in which they came. */
  readonly said: string[] = [];

  say(warnings: readonly string[]): void {
    for (const warning of warnings) {
      if (this.said.includes(warning)) continue;
      this.said.push(warning);
      process.stderr.write(`Warning: ${warning}\n`);
    }
  }
}
