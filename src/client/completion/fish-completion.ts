/**
 * The script for fish.
 */
import type { CommandWords, Expected } from './words.js';

/** @param keys of the configuration, for `-D`. */
export function fishCompletion(commands: readonly CommandWords[], keys: readonly string[]): string {
  return `# Completion of flink for fish. Made by \`flink completion fish\`; to have it in every shell, run
#   flink completion fish > ~/.config/fish/completions/flink.fish

function __flink_jobs
    command flink completion jobs 2>/dev/null
end

function __flink_keys
    string join \\n -- ${keys.map((key) => `${key}=`).join(' ')}
end

complete -c flink -f
complete -c flink -n __fish_use_subcommand -s h -l help -d 'Show help'
complete -c flink -n __fish_use_subcommand -s v -l version -d 'Show the version'
${commands.map(({ name, summary }) => `complete -c flink -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`).join('\n')}
${commands.flatMap(linesOf).join('\n')}
`;
}

function linesOf({ name, options, words }: CommandWords): string[] {
  const of = `complete -c flink -n '__fish_seen_subcommand_from ${name}'`;
  const [word] = words;
  return [
    ...options.map(({ names, description, value }) => {
      const spelled = names.map((one) => (one.startsWith('--') ? `-l ${one.slice(2)}` : `-s ${one.slice(1)}`)).join(' ');
      return `${of} ${spelled}${value ? ` ${valueOf(value)}` : ''} -d ${quoted(description)}`;
    }),
    ...(word && word.kind !== 'nothing' ? [`${of} ${word.kind === 'file' || word.kind === 'folder' ? '-F' : `-a ${candidates(word)}`}`] : []),
    // Where a second word is a file, it is offered beside the first.
    ...(words.slice(1).some(({ kind }) => kind === 'file' || kind === 'folder') && word?.kind !== 'file' ? [`${of} -F`] : []),
  ];
}

function valueOf(value: Expected): string {
  if (value.kind === 'file' || value.kind === 'folder') return '-r -F';
  return value.kind === 'nothing' ? '-x' : `-x -a ${candidates(value)}`;
}

function candidates(value: Expected): string {
  if (value.kind === 'one-of') return quoted(value.values.join(' '));
  return value.kind === 'setting' ? "'(__flink_keys)'" : "'(__flink_jobs)'";
}

/** Within single quotes only these two have a meaning. */
function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
}
