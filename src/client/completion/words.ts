/**
 * What can be typed after `flink`, as data: made from the commands themselves, so that no shell's script knows more or
 * less than they do.
 *
 * Pure.
 */

/** What stands in a place that words are offered for. */
export type Expected =
  | { readonly kind: 'nothing' | 'file' | 'folder' | 'job' | 'setting' }
  | { readonly kind: 'one-of'; readonly values: readonly string[] };

export interface OptionWords {
  /** `-p`, `--parallelism`. */
  readonly names: readonly string[];
  readonly description: string;
  /** Undefined: it takes no value. */
  readonly value: Expected | undefined;
}

export interface CommandWords {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionWords[];
  /** The words that are no options, in their order; the last one may be repeated. */
  readonly words: readonly Expected[];
  /** Everything after its first word is the program's. */
  readonly runsProgram: boolean;
}

/** The parts of a command that are read here; the shape of oclif's. */
export interface KnownCommand {
  readonly id: string;
  readonly summary?: string | undefined;
  readonly usage?: string | readonly string[] | undefined;
  readonly args?: Readonly<Record<string, { readonly description?: string | undefined }>> | undefined;
  readonly flags?: Readonly<Record<string, KnownFlag>> | undefined;
}

export interface KnownFlag {
  readonly type: string;
  readonly char?: string | undefined;
  readonly hidden?: boolean | undefined;
  readonly description?: string | undefined;
  readonly helpValue?: string | readonly string[] | undefined;
  readonly options?: readonly string[] | undefined;
}

/** @param jobArgument how an argument that names a running job is described. */
export function commandWords(commands: readonly KnownCommand[], jobArgument: string): CommandWords[] {
  const names = commands.map(({ id }) => id).sort();
  return [...commands].sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ id, summary = '', usage, args = {}, flags = {} }) => ({
    name: id, summary: summary.replace(/\.$/, ''), runsProgram: 'arguments' in args,
    options: Object.entries(flags).filter(([, { hidden }]) => !hidden).map(([name, flag]) => optionWords(name, flag)),
    words: Object.entries(args).map(([name, { description }], at) => {
      const actions = at === 0 ? actionsOf(usage) : undefined;
      if (actions) return { kind: 'one-of', values: actions };
      if (id === 'help') return { kind: 'one-of', values: names };
      if (description === jobArgument) return { kind: 'job' };
      return { kind: name === 'directory' ? 'folder' : name === 'names' ? 'nothing' : 'file' };
    }),
  }));
}

/** What `cluster start|status|stop [options]` begins with. */
function actionsOf(usage: KnownCommand['usage']): string[] | undefined {
  return typeof usage === 'string' ? /^\w+ ((?:\w+\|)+\w+)/.exec(usage)?.[1]?.split('|') : undefined;
}

function optionWords(name: string, flag: KnownFlag): OptionWords {
  const { char, description = '', type } = flag;
  return { names: [...(char === undefined ? [] : [`-${char}`]), `--${name}`], description: description.replace(/\.$/, ''), value: type === 'boolean' ? undefined : valueOf(name, flag) };
}

function valueOf(name: string, { options, helpValue }: KnownFlag): Expected {
  const shown = typeof helpValue === 'string' ? helpValue : '';
  if (name === 'define') return { kind: 'setting' };
  // Capitals are taken, too, but nobody needs to be offered both.
  if (options) return { kind: 'one-of', values: [...new Set(options.map((option) => option.toLowerCase()))] };
  if (name === 'target') return { kind: 'one-of', values: shown.replaceAll(/[<>]/g, '').split('|') };
  if (/<path>/.test(shown)) return { kind: 'file' };
  return { kind: /<directory>/.test(shown) ? 'folder' : 'nothing' };
}
