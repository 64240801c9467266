/**
 * The script for bash.
 *
 * bash breaks words at `=`, so that `--type=na` comes as three words; what stands before is looked for accordingly.
 */
import type { CommandWords, Expected } from './words.js';

/** @param keys of the configuration, for `-D`. */
export function bashCompletion(commands: readonly CommandWords[], keys: readonly string[]): string {
  return `# Completion of flink for bash. Made by \`flink completion bash\`; to have it in every shell, add to ~/.bashrc:
#   eval "$(flink completion bash)"

_flink_keys=${quoted(keys.join(' '))}

_flink_jobs() {
  local candidate
  while IFS=$'\\t' read -r candidate _; do
    [[ $candidate == "$1"* ]] && COMPREPLY+=("$(printf %q "$candidate")")
  done < <(command flink completion jobs 2>/dev/null)
}

_flink_expected() {
  case $1 in
    file) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;
    folder) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$2") ;;
    job) _flink_jobs "$2" ;;
    setting) compopt -o nospace 2>/dev/null; mapfile -t COMPREPLY < <(compgen -S = -W "$_flink_keys" -- "$2") ;;
    nothing) ;;
    *) mapfile -t COMPREPLY < <(compgen -W "\${1#one-of }" -- "$2") ;;
  esac
}

_flink_value() {
  case $1 in
${commands.flatMap(({ name, options }) => options.flatMap(({ names, value }) => (value ? [`    ${names.map((option) => quoted(`${name} ${option}`)).join('|')}) expected=${quoted(expected(value))} ;;`] : []))).join('\n')}
    *) return 1 ;;
  esac
}

_flink() {
  local cur=\${COMP_WORDS[COMP_CWORD]} command=\${COMP_WORDS[1]} options expected at seen=0 program=0
  local -a words
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W ${quoted([...commands.map(({ name }) => name), '--help', '--version'].join(' '))} -- "$cur")
    return
  fi
  case $command in
${commands.map(({ name, options, words, runsProgram }) => `    ${name}) options=${quoted([...options.flatMap(({ names }) => names), '--help'].join(' '))}; words=(${words.map((word) => quoted(expected(word))).join(' ')}); program=${runsProgram ? 1 : 0} ;;`).join('\n')}
    *) return ;;
  esac
  for ((at = 2; at < COMP_CWORD; at++)); do
    if [[ \${COMP_WORDS[at]} == -* ]]; then
      if _flink_value "$command \${COMP_WORDS[at]}"; then
        [[ \${COMP_WORDS[at + 1]} == = ]] && ((at++))
        ((at++))
        # key=value came as three words
        if [[ $expected == setting && \${COMP_WORDS[at + 1]} == = ]]; then
          ((at += 2))
          expected=nothing
        fi
      fi
    elif [[ \${COMP_WORDS[at]} != = ]]; then
      ((seen++))
      if ((program)); then
        _flink_expected file "$cur"
        return
      fi
    fi
  done
  if ((at > COMP_CWORD)); then
    [[ $cur == = ]] && cur=
    _flink_expected "$expected" "$cur"
  elif [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
  elif ((\${#words[@]})); then
    ((seen < \${#words[@]})) || seen=$((\${#words[@]} - 1))
    _flink_expected "\${words[seen]}" "$cur"
  fi
}

complete -F _flink flink
`;
}

function expected(value: Expected): string {
  return value.kind === 'one-of' ? `one-of ${value.values.join(' ')}` : value.kind;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
