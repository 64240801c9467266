/**
 * Splits what follows `flink run` at the job file: options before it are ours, everything after it is the program's,
 * verbatim, whatever it looks like.
 */

/** Which options there are and which of them take a value; the shape of oclif's flags. */
export type OptionTable = Readonly<Record<string, { readonly type: 'boolean' | 'option'; readonly char?: string | undefined; readonly aliases?: readonly string[] | undefined; readonly charAliases?: readonly string[] | undefined; readonly helpValue?: string | readonly string[] | undefined; readonly options?: readonly string[] | undefined }>>;

export interface SplitArguments {
  readonly options: readonly string[];
  /** The first argument that is not an option, if there is one. */
  readonly jobFile: string | undefined;
  readonly programArguments: readonly string[];
}

/** Behind a program that was named by an option, Flink has the program's arguments follow one. */
const ARGUMENTS = /^(?:-a|--?arguments)$/;

/** Understands `--name value`, `--name=value`, `-name value`, `-p 2`, `-p2`, `-Dkey=value`, bundled letters such as `-qv`, and `--`. */
export function splitAtJobFile(argv: readonly string[], table: OptionTable): SplitArguments {
  let at = 0;
  while (at < argv.length) {
    const word = argv[at]!;
    if (word === '--' || ('jarfile' in table && ARGUMENTS.test(word))) return { options: argv.slice(0, at), jobFile: argv[at + 1], programArguments: argv.slice(at + 2) };
    if (!word.startsWith('-') || word === '-') break;
    at += takesNextWord(withTwoDashes([word], table)[0]!, table) ? 2 : 1;
  }
  return { options: argv.slice(0, at), jobFile: argv[at], programArguments: argv.slice(at + 1) };
}

/** Whether the option's value is the word after it. An option nobody knows takes none; the parser will refuse it. */
function takesNextWord(word: string, table: OptionTable): boolean {
  if (word.startsWith('--')) return !word.includes('=') && optionOf(word.slice(2), table)?.type === 'option';
  const letters = word.slice(1);
  for (let at = 0; at < letters.length; at++) {
    const flag = Object.values(table).find(({ char, charAliases }) => char === letters[at] || charAliases?.includes(letters[at]!));
    if (!flag) return false;
    if (flag.type === 'option') return at === letters.length - 1;
  }
  return false;
}

/**
 * Words as the parser knows them. Flink also takes a long name behind one dash (`-type`, `-detached`), and so much of a
 * long name behind two as means one option (`--par`). Words from a `--` on stay as they are.
 */
export function withTwoDashes(words: readonly string[], table: OptionTable): string[] {
  const end = words.indexOf('--');
  return words.map((word, at) => {
    const [, dashes, name, value = ''] = /^(--?)([A-Za-z][\w-]+)(=.*)?$/s.exec(word) ?? [];
    if (name === undefined || (end >= 0 && at >= end)) return word;
    const known = optionOf(name, table) !== undefined ? name : dashes === '--' ? onlyNameWith(name, table) : undefined;
    return known === undefined ? word : `--${known}${value}`;
  });
}

/**
 * Options whose value may be left out (`[<directory>]`) get an empty one where none can follow: at the end, and before
 * another option.
 */
export function withEmptyValues(words: readonly string[], table: OptionTable): string[] {
  return words.map((word, at) => {
    const next = words[at + 1];
    if (!word.startsWith('-') || (next !== undefined && !next.startsWith('-'))) return word;
    const [name] = Object.entries(table).find(([long, { char, helpValue }]) => String(helpValue).startsWith('[') && (word === `-${char}` || word === `--${long}`)) ?? [];
    return name === undefined ? word : `--${name}=`;
  });
}

/** Words that an option knows, in whichever case they are given (`-type NATIVE`), as it knows them. */
export function withKnownChoices(words: readonly string[], table: OptionTable): string[] {
  const choice = (name: string | undefined, given: string): string => (name === undefined ? undefined : optionOf(name, table)?.options?.find((one) => one.toLowerCase() === given.toLowerCase())) ?? given;
  return words.map((word, at) => {
    const [, name, value] = /^--([\w-]+)=(.*)$/s.exec(word) ?? [];
    return name === undefined ? choice(/^--([\w-]+)$/.exec(words[at - 1] ?? '')?.[1], word) : `--${name}=${choice(name, value!)}`;
  });
}

/** The option of this long name, or alias. */
export function optionOf(name: string, table: OptionTable): OptionTable[string] | undefined {
  return table[name] ?? Object.values(table).find(({ aliases }) => aliases?.includes(name));
}

/** The name that begins so, if those that do all mean one option. */
function onlyNameWith(beginning: string, table: OptionTable): string | undefined {
  const meant = Object.entries(table).filter(([name, { aliases = [] }]) => [name, ...aliases].some((one) => one.startsWith(beginning)));
  return meant.length === 1 ? meant[0]![0] : undefined;
}
