/** docs/cli.md: its sections and tables of options are those of the commands, and its examples are as they are. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorJson } from '../../src/client/error-report.js';
import { type OptionTable, splitAtJobFile } from '../../src/client/command-line/job-arguments.js';
import { clusterFlags, commonFlags } from '../../src/client/command-line/flink-command.js';
import { EXIT } from '../../src/client/exit-codes.js';
import { workspace } from './flink.js';

const pageUrl = new URL('../../docs/cli.md', import.meta.url);
const page = readFileSync(pageUrl, 'utf8');

interface FlagEntry {
  readonly name: string;
  readonly char?: string;
  readonly helpValue?: string;
  readonly aliases?: readonly string[];
  readonly description?: string;
  readonly hidden?: boolean;
  readonly type: 'boolean' | 'option';
}
interface CommandEntry {
  readonly usage?: string;
  readonly examples?: readonly string[];
  readonly args: Readonly<Record<string, unknown>>;
  readonly strict?: boolean;
  readonly flags: Readonly<Record<string, FlagEntry>>;
}
const manifest = JSON.parse(readFileSync(new URL('../../oclif.manifest.json', import.meta.url), 'utf8')) as { commands: Record<string, CommandEntry> };
const { file, flink } = workspace();

/** Tables that stand once, for the commands that have all of their options. */
const SHARED = { 'every command': Object.keys(commonFlags), 'commands that speak to a cluster': Object.keys(clusterFlags).filter((name) => !(name in commonFlags)) };
const TABLE = /(<!-- options of ([^:]*): written by [^\n]*-->\n)(.*?)(<!-- \/options -->)/gs;

function tableOf(of: string): string {
  if (of in SHARED) return table(SHARED[of as keyof typeof SHARED].map((name) => manifest.commands['list']!.flags[name]!));
  const { flags } = manifest.commands[of]!;
  const shared = Object.entries(SHARED).filter(([, names]) => names.every((name) => name in flags && flags[name]!.description === manifest.commands['list']!.flags[name]!.description && !flags[name]!.hidden));
  const own = Object.values(flags).filter(({ name, hidden }) => !hidden && !shared.some(([, names]) => names.includes(name)));
  const also = shared.length === 0 ? '' : `${own.length === 0 ? 'Its options are' : 'It also takes'} the options of ${shared.map(([title]) => `[${title}](#options-of-${title.replaceAll(' ', '-')})`).reverse().join(' and those of ')}.\n`;
  return own.length === 0 ? also : `${table(own)}${also === '' ? '' : `\n${also}`}`;
}

function table(flags: readonly FlagEntry[]): string {
  const rows = flags.map(({ name, char, helpValue, aliases = [], description }) => {
    const names = [...(char === undefined ? [] : [`-${char}`]), `--${name}${helpValue === undefined ? '' : ` ${helpValue.replaceAll('|', '\\|')}`}`].map((one) => `\`${one}\``).join(', ');
    const short = aliases.filter((alias) => alias.length <= 3).map((alias) => `\`-${alias}\``);
    return `| ${names} | ${description}${short.length === 0 ? '' : ` Also ${short.join(', ')}.`} |`;
  });
  return ['| Option | Meaning |', '| --- | --- |', ...rows, ''].join('\n');
}

/** The text under `## flink <command>`. */
function section(command: string): string {
  return new RegExp(`^## flink ${command}\\n(.*?)(?=^## |$(?![\\s\\S]))`, 'ms').exec(page)?.[1] ?? '';
}

describe('the examples of --help', () => {
  const examples = Object.entries(manifest.commands).flatMap(([command, { examples: shown }]) => (shown ?? []).map((example) => [command, example.replaceAll('<%= config.bin %>', 'flink')] as const));

  it('are there for every command', () => expect(Object.keys(manifest.commands).filter((command) => !examples.some(([of]) => of === command))).toEqual([]));

  it.each(examples)('of %s are right: %s', (command, example) => {
    const [, typed] = /flink ([^|)>]*)/.exec(example)!;
    const [id, ...words] = typed!.match(/"[^"]*"|'[^']*'|\S+/g)!.map((word) => word.replaceAll(/^["']|["']$/g, ''));
    expect(id).toBe(command);
    const { flags, args, strict } = manifest.commands[command]!;
    const { options, jobFile, programArguments } = splitAtJobFile(words, flags as OptionTable);
    const ours = 'arguments' in args ? options : words;
    const known = Object.values(flags).flatMap(({ name, char, aliases = [] }) => [`-${char}`, ...[name, ...aliases].flatMap((one) => [`-${one}`, `--${one}`])]);
    expect(ours.filter((word) => word.startsWith('-') && !known.includes(word))).toEqual([]);
    const places = Object.keys(args).length;
    const given = 'arguments' in args ? 1 : [jobFile, ...programArguments].filter((word) => word !== undefined && !word.startsWith('-')).length;
    if (strict !== false) expect(given).toBeLessThanOrEqual(places + ours.filter((word) => takesValue(word, flags)).length);
    expect(given > 0 || places === 0 || options.some((word) => takesValue(word, flags))).toBe(true);
  });
});

function takesValue(word: string, flags: CommandEntry['flags']): boolean {
  return Object.values(flags).some(({ name, char, type }) => type === 'option' && [`-${char}`, `-${name}`, `--${name}`].includes(word));
}

describe('docs/cli.md', () => {
  it('has a section for every command and for nothing else', () => {
    expect([...page.matchAll(/^## flink (.*)$/gm)].map(([, command]) => command!).sort()).toEqual(Object.keys(manifest.commands).sort());
  });

  it('lists the options of every command as the commands have them', () => {
    const written = page.replace(TABLE, (_, head: string, of: string, __, tail: string) => `${head}${tableOf(of)}${tail}`);
    if (process.env['UPDATE_DOCS']) writeFileSync(pageUrl, written);
    expect(page === written || !!process.env['UPDATE_DOCS'], 'the tables are stale: run npm run docs').toBe(true);
    expect([...page.matchAll(TABLE)].map(([, , of]) => of!).sort()).toEqual([...Object.keys(SHARED), ...Object.keys(manifest.commands).filter((command) => command !== 'help')].sort());
  });

  it('lists exactly the exit codes', () => {
    expect([...page.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code))).toEqual(Object.values(EXIT).sort((a, b) => a - b));
  });

  it('shows results and errors as they are', async () => {
    const [result, error] = [...section('run').matchAll(/```json\n(.*?)```/gs)].map(([, text]) => JSON.parse(text!.replaceAll('[…]', '[]').replaceAll('…', '')) as Record<string, unknown>);
    expect(Object.keys(error!['error'] as object)).toEqual(Object.keys(errorJson({ code: 'USAGE', message: '', hint: '', place: undefined, location: undefined, exit: 2, because: [], stack: '' }).error));
    file('job.ts', `import { StreamExecutionEnvironment } from 'flink-ts';\nconst env = StreamExecutionEnvironment.getExecutionEnvironment();\nenv.fromElements(1).print();\nawait env.execute();`);
    const actual = JSON.parse((await flink(['run', '-q', '--json', 'job.ts'])).stderr) as Record<string, unknown>;
    expect(Object.keys(actual)).toEqual(Object.keys(result!));
    expect(Object.keys((actual['vertices'] as object[])[0]!)).toEqual(Object.keys((result!['vertices'] as object[])[0]!));
  });
});
