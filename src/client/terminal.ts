/**
 * Where a command talks: standard error. Standard output belongs to the job's data and to what a command was asked
 * to print.
 */

/** Turns text into coloured text, or leaves it alone. */
export interface Paint {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly good: (text: string) => string;
  readonly note: (text: string) => string;
}

export interface Terminal {
  /** Whether a person watches standard error. */
  readonly live: boolean;
  readonly colour: boolean;
  /** Streams that end on the screen: standard error first, for drawing in place, and standard output if it goes there too. */
  readonly screens: readonly NodeJS.WriteStream[];
  columns(): number;
  rows(): number;
  /** Writes one or more lines to standard error. */
  say(text: string): void;
  /** Writes text to standard output. */
  print(text: string): void;
  /** Whether nobody reads standard output any more. */
  closed(): boolean;
}

export function standardTerminal(options: { noColour?: boolean } = {}): Terminal {
  return {
    live: process.stderr.isTTY === true && process.env['TERM'] !== 'dumb',
    colour: wantsColour(options.noColour ?? false, process.env, process.stderr.isTTY === true),
    screens: process.stdout.isTTY ? [process.stderr, process.stdout] : [process.stderr],
    columns: () => process.stderr.columns || 80,
    rows: () => process.stderr.rows || 24,
    say: (text) => void process.stderr.write(`${text}\n`),
    print: (text) => void process.stdout.write(text),
    closed: () => process.stdout.destroyed || process.stdout.errored !== null,
  };
}

/** `--no-color` beats NO_COLOR beats FORCE_COLOR beats what the terminal can do. */
export function wantsColour(refused: boolean, environment: Readonly<Record<string, string | undefined>>, isTTY: boolean): boolean {
  if (refused || environment['NO_COLOR']) return false;
  const forced = environment['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return isTTY && environment['TERM'] !== 'dumb';
}

const same = (text: string): string => text;
export const PLAIN: Paint = { strong: same, faint: same, bad: same, good: same, note: same };

/** Loads the colours only when they are wanted. */
export async function paintFor(terminal: Terminal): Promise<Paint> {
  if (!terminal.colour) return PLAIN;
  const { Chalk } = await import('chalk');
  const chalk = new Chalk({ level: 1 });
  return { strong: chalk.bold, faint: chalk.dim, bad: chalk.red, good: chalk.green, note: chalk.yellow };
}
