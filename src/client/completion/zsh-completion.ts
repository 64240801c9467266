/**
 * The script for zsh: works as a file `_flink` in `$fpath`, and when it is evaluated.
 */
import type { CommandWords, Expected, OptionWords } from './words.js';

/** @param keys of the configuration, for `-D`. */
export function zshCompletion(commands: readonly CommandWords[], keys: readonly string[]): string {
  return `#compdef flink
# Completion of flink for zsh. Made by \`flink completion zsh\`; to have it in every shell, add to ~/.zshrc, behind compinit:
#   eval "$(flink completion zsh)"

_flink_keys() {
  local -a keys=(${keys.join(' ')})
  compadd -S = -- $keys
}

_flink_jobs() {
  local -a jobs
  local candidate described
  while IFS=$'\\t' read -r candidate described; do
    jobs+=("\${candidate//:/\\\\:}:$described")
  done < <(command flink completion jobs 2>/dev/null)
  _describe -t jobs job jobs
}

_flink() {
  local curcontext="$curcontext" state line
  local -A opt_args
  _arguments -C '(- *)'{-h,--help}'[Show help]' '(- *)'{-v,--version}'[Show the version]' '1: :->command' '*:: :->words'
  case $state in
    command)
      local -a commands=(
${commands.map(({ name, summary }) => `        ${quoted(`${name}:${escaped(summary)}`)}`).join('\n')}
      )
      _describe -t commands command commands
      ;;
    words)
      case $words[1] in
${commands.map(caseOf).join('\n')}
      esac
      ;;
  esac
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _flink "$@"
else
  compdef _flink flink
fi
`;
}

function caseOf({ name, options, words, runsProgram }: CommandWords): string {
  const last = words.at(-1);
  const specifications = [
    ...options.map(specification),
    ...words.slice(0, runsProgram ? 1 : words.length).map((word, at) => quoted(`${at + 1}:${labelOf(word)}:${action(word)}`)),
    ...(runsProgram ? [quoted('*::argument:_files')] : name === 'metrics' && last ? [quoted(`*:${labelOf(last)}:${action(last)}`)] : []),
  ];
  return `        ${name}) _arguments -s : \\\n${specifications.map((one) => `          ${one}`).join(' \\\n')} ;;`;
}

function specification({ names, description, value }: OptionWords): string {
  const spelled = names.length === 1 ? '' : `'(${names.join(' ')})'{${names.join(',')}}`;
  const rest = `[${escaped(description)}]${value ? `:${labelOf(value)}:${action(value)}` : ''}`;
  const repeated = value?.kind === 'setting';
  if (repeated) return `'*'{${names.join(',')}}${quoted(rest)}`;
  return spelled === '' ? quoted(`${names[0]}${rest}`) : `${spelled}${quoted(rest)}`;
}

function labelOf({ kind }: Expected): string {
  return kind === 'one-of' || kind === 'nothing' ? 'value' : kind;
}

function action(value: Expected): string {
  switch (value.kind) {
    case 'one-of': return `(${value.values.join(' ')})`;
    case 'file': return '_files';
    case 'folder': return '_files -/';
    case 'job': return '_flink_jobs';
    case 'setting': return '_flink_keys';
    case 'nothing': return ' ';
  }
}

/** For descriptions, in which these have a meaning. */
function escaped(text: string): string {
  return text.replaceAll(/[\\:[\]]/g, String.raw`\$&`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
