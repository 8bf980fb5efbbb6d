import { quoteSh } from "../../quote.ts";
import type { Candidate, Position } from "./positions.ts";
import { askCases, shellCases, valueCases } from "./shell_cases.ts";

/** The script for zsh. */
export function zshScript(places: readonly Position[]): string {
  const described = (candidates: readonly Candidate[]) =>
    candidates.map(({ word, doc }) => quoteSh(doc === "" ? word : `${word.replaceAll(":", "\\:")}:${doc}`))
      .join(" ");
  return `#compdef ccproxy
# zsh completion for ccproxy; load it after compinit with: source <(ccproxy completions zsh)
_ccproxy() {
  local current="\${words[CURRENT]}" previous="\${words[CURRENT-1]}" place="" word
  local -a candidates options
  for word in "\${(@)words[2,CURRENT-1]}"; do
    [[ $word == -* ]] && break
    case "$_ccproxy_paths" in *"|\${place:+$place }$word|"*) place="\${place:+$place }$word" ;; *) break ;; esac
  done
  if [[ $current == --*=* ]]; then
    previous="\${current%%=*}"
    compset -P '*='
  fi
  case "\${place:+$place }$previous" in
${
    valueCases(
      places,
      "_files",
      (choices) =>
        `compadd ${choices.some((choice) => choice.endsWith("=")) ? "-S '' " : ""}-- ${
          choices.map(quoteSh).join(" ")
        }`,
      (command) => `compadd -- \${(f)"$(${command} 2>/dev/null)"}`,
    )
  }
  esac
  case "$place" in
${shellCases(places, (place) => `candidates=(${described(place.words)}) options=(${described(place.flags)})`)}
  esac
  if [[ $current != -* ]]; then
    case "$place" in
${askCases(places, (command) => `compadd -- \${(f)"$(${command} 2>/dev/null)"} && return`)}
    esac
  fi
  (( \${#candidates} )) && [[ $current != -* ]] && _describe -t commands command candidates && return
  _describe -t options option options
}
typeset -g _ccproxy_paths=${quoteSh(places.map(({ path }) => `|${path.join(" ")}|`).join(""))}
if [[ \${zsh_eval_context[-1]} == loadautofunc ]]; then _ccproxy "$@"; else compdef _ccproxy ccproxy; fi
`;
}
