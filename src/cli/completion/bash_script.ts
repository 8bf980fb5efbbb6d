import { quoteSh } from "../../quote.ts";
import type { Position } from "./positions.ts";
import { askCases, shellCases, valueCases } from "./shell_cases.ts";

/** The script for bash. */
export function bashScript(places: readonly Position[]): string {
  const words = (place: Position) => [...place.words, ...place.flags].map(({ word }) => word).join(" ");
  return `# bash completion for ccproxy; load it with: source <(ccproxy completions bash)
# The words that a command prints, each whole and quoted: none is expanded.
_ccproxy_ask() {
  local current="$1" word; shift
  while IFS= read -r word; do
    [[ $word == "$current"* ]] && COMPREPLY+=("$(printf '%q' "$word")")
  done < <("$@" 2>/dev/null)
}
_ccproxy() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="" path="" candidates="" at word
  COMPREPLY=()
  # bash takes "=" for a word of its own: "--flag=va" arrives as three words
  if [[ $current == "=" ]]; then current=""; previous="\${COMP_WORDS[COMP_CWORD-1]}"
  elif (( COMP_CWORD > 1 )); then
    previous="\${COMP_WORDS[COMP_CWORD-1]}"
    [[ $previous == "=" ]] && previous="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  for (( at = 1; at < COMP_CWORD; at++ )); do
    word="\${COMP_WORDS[at]}"
    [[ $word == -* ]] && break
    case " $_ccproxy_paths " in *"|\${path:+$path }$word|"*) path="\${path:+$path }$word" ;; *) break ;; esac
  done
  case "\${path:+$path }$previous" in
${
    valueCases(
      places,
      'mapfile -t COMPREPLY < <(compgen -f -- "$current")',
      (choices) =>
        `mapfile -t COMPREPLY < <(compgen -W ${quoteSh(choices.join(" "))} -- "$current")${
          choices.some((choice) => choice.endsWith("=")) ? "; compopt -o nospace 2>/dev/null" : ""
        }`,
      (command) => `_ccproxy_ask "$current" ${command}`,
    )
  }
  esac
  case "$path" in
${shellCases(places, (place) => `candidates=${quoteSh(words(place))}`)}
  esac
  [[ $current != -* && -n $path ]] && candidates=" $candidates" && candidates="\${candidates// --*/}"
  mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$current")
  [[ $current == -* ]] && return
  case "$path" in
${askCases(places, (command) => `_ccproxy_ask "$current" ${command}`)}
  esac
}
_ccproxy_paths=${quoteSh(places.map(({ path }) => `|${path.join(" ")}|`).join(""))}
complete -F _ccproxy ccproxy
`;
}
