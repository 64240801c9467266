/**
 * The configuration a command runs with: `config.yaml`, then `-D`, then `-p` and other options; later beats earlier.
 *
 * The file is the first of: `flink-conf.yaml` (as in Flink up to 1.20) or `config.yaml` in the folder `FLINK_CONF_DIR` names
 * (which must hold one), `./config.yaml`, `~/.flink/config.yaml`. Files are not merged.
 */
import { existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { Configuration } from '../../core/configuration.js';
import { FlinkError } from '../../core/errors.js';
import { findOption, knownKeys, optionOf, ParallelismDefault } from '../../core/options.js';
import type { FileEntry } from './configuration-file.js';
import { foreignKey } from './foreign-keys.js';

/** Its reader is loaded for it only. */
const LEGACY_FILE = 'flink-conf.yaml';

export interface ConfigurationRequest {
  /** `-D` values as given: `key=value`, or `key` alone for true. */
  readonly dynamic?: readonly string[];
  /** The value of `-p`, which has been validated. */
  readonly parallelism?: number | undefined;
  /** What further options of the command say; it beats everything else. */
  readonly settings?: ((configuration: Configuration) => void) | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly folder?: string;
  readonly home?: string;
}

export interface LoadedConfiguration {
  readonly configuration: Configuration;
  /** The file that was read, if any. */
  readonly file: string | undefined;
  /** Keys that were let in without effect and should be said aloud always. */
  readonly warnings: readonly string[];
  /** Keys that were let in without effect and matter to nobody but the curious. */
  readonly remarks: readonly string[];
}

/** What was let in without effect. */
interface Ignored {
  readonly kind: 'without-meaning' | 'not-supported' | 'without-value' | 'no-pair';
  readonly text: string;
}

interface RawEntry {
  readonly key: string;
  readonly raw: unknown;
  readonly origin: string;
}

/** Throws `CONFIGURATION` for a missing folder, a broken file, an unknown key or a bad value. */
export async function loadConfiguration(request: ConfigurationRequest = {}): Promise<LoadedConfiguration> {
  const folder = request.folder ?? process.cwd();
  const file = findFile(request.environment ?? process.env, folder, request.home ?? homedir());
  const configuration = new Configuration();
  const ignored: Ignored[] = [];
  const take = (entry: RawEntry): void => {
    const { key, raw, origin } = entry;
    const kind = findOption(key) || likelySlip(key) ? undefined : foreignKey(key);
    if (kind) ignored.push({ kind, text: `${key} (${origin})` });
    // As in Flink: whoever leaves the value out leaves the setting out.
    else if (raw === null && optionOf(key, origin)) ignored.push({ kind: 'without-value', text: `${key} (${origin})` });
    else configuration.setRaw(optionOf(key, origin), raw, origin, key);
  };

  if (file !== undefined) {
    const shown = relative(folder, file).startsWith('..') ? file : relative(folder, file);
    for (const { key, raw, line } of await entriesOf(file, shown, ignored)) take({ key, raw, origin: `${shown}:${line}` });
  }
  for (const text of request.dynamic ?? []) take(dynamicEntry(text));
  if (request.parallelism !== undefined) configuration.set(ParallelismDefault, request.parallelism, '-p');
  request.settings?.(configuration);
  return { configuration, file, ...sayIgnored(ignored) };
}

async function entriesOf(file: string, shown: string, ignored: Ignored[]): Promise<readonly FileEntry[]> {
  if (basename(file) === LEGACY_FILE) {
    const { readLegacyConfigurationFile } = await import('./legacy-configuration-file.js');
    const { entries, ignoredLines } = readLegacyConfigurationFile(file, shown);
    ignored.push(...ignoredLines.map((line) => ({ kind: 'no-pair' as const, text: `${shown}:${line}` })));
    return entries;
  }
  // The YAML parser costs 20-50 ms to load; without a file nobody pays for it.
  return (await import('./configuration-file.js')).readConfigurationFile(file, shown);
}

function findFile(environment: Readonly<Record<string, string | undefined>>, folder: string, home: string): string | undefined {
  const named = environment['FLINK_CONF_DIR'];
  if (named === undefined || named === '') return [join(folder, 'config.yaml'), join(home, '.flink', 'config.yaml')].find(isFile);
  if (!existsSync(named) || !statSync(named).isDirectory()) {
    throw new FlinkError('CONFIGURATION', `FLINK_CONF_DIR names ${named}, which is not a folder`, { hint: 'Set it to the folder that holds config.yaml, or unset it.' });
  }
  const file = [LEGACY_FILE, 'config.yaml'].map((name) => join(named, name)).find(isFile);
  if (file === undefined) throw new FlinkError('CONFIGURATION', `FLINK_CONF_DIR names ${named}, which holds no config.yaml`, { hint: 'Create the file, or unset FLINK_CONF_DIR.' });
  return file;
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch (cause) {
    throw new FlinkError('CONFIGURATION', `cannot look for the configuration file ${path}: ${(cause as Error).message}`, { cause, hint: 'Check the permissions of its folder.' });
  }
}

function dynamicEntry(text: string): RawEntry {
  const at = text.indexOf('=');
  const key = (at < 0 ? text : text.slice(0, at)).trim();
  if (key === '') throw new FlinkError('USAGE', `-D needs key=value, but got "${text}"`, { hint: 'Write for example -D parallelism.default=2.' });
  return { key, raw: at < 0 ? 'true' : text.slice(at + 1), origin: '-D' };
}

/** A key that differs from one of ours by two letters at one place is a slip, even under a prefix that Flink uses. */
function likelySlip(key: string): boolean {
  return [...knownKeys()].some((known) => {
    let start = 0;
    while (start < known.length && start < key.length && key[start] === known[start]) start++;
    let end = 0;
    while (end < Math.min(known.length, key.length) - start && key.at(-1 - end) === known.at(-1 - end)) end++;
    return Math.max(known.length, key.length) - start - end <= 2;
  });
}

function sayIgnored(ignored: readonly Ignored[]): { warnings: string[]; remarks: string[] } {
  const of = (kind: Ignored['kind']): string => ignored.filter((entry) => entry.kind === kind).map((entry) => entry.text).join(', ');
  const pending = of('not-supported');
  const idle = of('without-meaning');
  const empty = of('without-value');
  const broken = of('no-pair');
  return {
    warnings: [...(pending ? [`not supported by this version and without effect: ${pending}`] : []), ...(empty ? [`without a value and so without effect: ${empty}`] : []), ...(broken ? [`no "key: value" and so without effect: ${broken}`] : [])],
    remarks: idle ? [`settings of Apache Flink that have no meaning here: ${idle}`] : [],
  };
}
