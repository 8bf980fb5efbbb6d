/**
 * Completion scripts, generated from the command table. Pure.
 *
 * All four are tables that the shell looks up: for each path of words the words and flags that may follow, and for
 * each flag with choices its choices. Nothing is asked of ccproxy while typing, so completing is instant.
 */
import type { Flag } from "./command.ts";
import { type CommandTable, findCommand, flagNames, nextWords } from "./parse.ts";

/** The shells that are known. */
export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;

/** One of {@linkcode SHELLS}. */
export type Shell = typeof SHELLS[number];

interface Candidate {
  readonly word: string;
  readonly doc: string;
}

/** What may follow the words of `path`. */
interface Position {
  readonly path: readonly string[];
  readonly words: readonly Candidate[];
  readonly flags: readonly Candidate[];
  /** flags (with dashes) that take a value: its choices, `file`, or nothing that can be known */
  readonly values: readonly {
    readonly flag: string;
    readonly choices: readonly string[];
    readonly file: boolean;
  }[];
}

/** The script for one shell. */
export function completionScript(table: CommandTable, shell: Shell): string {
  const places = listPositions(table);
  switch (shell) {
    case "bash":
      return bashScript(places);
    case "zsh":
      return zshScript(places);
    case "fish":
      return fishScript(places);
    case "powershell":
      return powershellScript(places);
  }
}

function listPositions(table: CommandTable): Position[] {
  const paths = new Map<string, readonly string[]>([["", []]]);
  for (const { path } of table.commands) {
    for (let length = 1; length <= path.length; length++) {
      paths.set(path.slice(0, length).join(" "), path.slice(0, length));
    }
  }
  return [...paths.values()].map((path) => toPosition(table, path));
}

function toPosition(table: CommandTable, path: readonly string[]): Position {
  const command = findCommand(table, path);
  const help = { word: "--help", doc: "Show the help" };
  if (command === undefined) {
    const words = nextWords(table, path).map((word) => ({ word, doc: summaryOf(table, [...path, word]) }));
    const top = path.length === 0;
    return {
      path,
      words: top ? [...words, { word: "help", doc: "Show the help of a command" }] : words,
      flags: top ? [help, { word: "--version", doc: "Show the version" }] : [help],
      values: [],
    };
  }
  const flags = Object.entries(command.flags);
  const choices = Object.values(command.args)[0]?.choices ?? [];
  return {
    path,
    words: choices.map((word) => ({ word, doc: "" })),
    flags: [
      ...flags.flatMap(([name, flag]) =>
        flagNames({ [name]: flag }).map((spelling) => ({ word: `--${spelling}`, doc: flag.doc }))
      ),
      help,
    ],
    values: flags.filter(([, flag]) => flag.kind !== "boolean").map(([name, flag]) => ({
      flag: `--${name}`,
      choices: flagChoices(flag),
      file: flag.kind === "text" && flag.completes === "file",
    })),
  };
}

function flagChoices(flag: Flag): readonly string[] {
  return flag.kind === "choice" ? flag.choices : [];
}

function summaryOf(table: CommandTable, path: readonly string[]): string {
  const group = table.groups.find((candidate) => candidate.path.join(" ") === path.join(" "));
  return findCommand(table, path)?.summary ?? group?.summary.replace(/\.$/, "") ?? "";
}

/** The words as the shells see them: everything in single quotes, so that nothing is expanded. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Shared by bash and zsh: the path walked so far decides, values of flags are skipped. */
function shellCases(places: readonly Position[], entry: (place: Position) => string): string {
  return places.map((place) => `    ${quote(place.path.join(" "))}) ${entry(place)} ;;`).join("\n");
}

function valueCases(
  places: readonly Position[],
  onFile: string,
  onChoices: (choices: readonly string[]) => string,
): string {
  return places.flatMap((place) =>
    place.values.map(({ flag, choices, file }) => {
      const action = file ? onFile : choices.length > 0 ? onChoices(choices) : ":";
      return `    ${quote([...place.path, flag].join(" "))}) ${action}; return ;;`;
    })
  ).join("\n");
}

function bashScript(places: readonly Position[]): string {
  const words = (place: Position) => [...place.words, ...place.flags].map(({ word }) => word).join(" ");
  return `# bash completion for ccproxy; load it with: source <(ccproxy completions bash)
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
    valueCases(places, 'mapfile -t COMPREPLY < <(compgen -f -- "$current")', (choices) =>
      `mapfile -t COMPREPLY < <(compgen -W ${quote(choices.join(" "))} -- "$current")`)
  }
  esac
  case "$path" in
${shellCases(places, (place) => `candidates=${quote(words(place))}`)}
  esac
  [[ $current != -* && -n $path ]] && candidates=" $candidates" && candidates="\${candidates// --*/}"
  mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$current")
}
_ccproxy_paths=${quote(places.map(({ path }) => `|${path.join(" ")}|`).join(""))}
complete -F _ccproxy ccproxy
`;
}

function zshScript(places: readonly Position[]): string {
  const described = (candidates: readonly Candidate[]) =>
    candidates.map(({ word, doc }) => quote(doc === "" ? word : `${word.replaceAll(":", "\\:")}:${doc}`))
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
${valueCases(places, "_files", (choices) => `compadd -- ${choices.map(quote).join(" ")}`)}
  esac
  case "$place" in
${shellCases(places, (place) => `candidates=(${described(place.words)}) options=(${described(place.flags)})`)}
  esac
  (( \${#candidates} )) && [[ $current != -* ]] && _describe -t commands command candidates && return
  _describe -t options option options
}
typeset -g _ccproxy_paths=${quote(places.map(({ path }) => `|${path.join(" ")}|`).join(""))}
if [[ \${zsh_eval_context[-1]} == loadautofunc ]]; then _ccproxy "$@"; else compdef _ccproxy ccproxy; fi
`;
}

function fishScript(places: readonly Position[]): string {
  const fishQuote = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const lines = places.flatMap((place) => {
    const here = `-n ${fishQuote(`test (__ccproxy_place) = ${fishQuote(place.path.join(" "))}`)}`;
    return [
      ...place.words.map(({ word, doc }) =>
        `complete -c ccproxy ${here} -a ${fishQuote(word)} -d ${fishQuote(doc)}`
      ),
      ...place.flags.map(({ word, doc }) => {
        const value = place.values.find(({ flag }) => flag === word);
        const takes = value === undefined
          ? ""
          : value.file
          ? " -r -F"
          : ` -x${value.choices.length > 0 ? ` -a ${fishQuote(value.choices.join(" "))}` : ""}`;
        return `complete -c ccproxy ${here} -l ${word.slice(2)} -d ${fishQuote(doc)}${takes}`;
      }),
    ];
  });
  return `# fish completion for ccproxy; save it as ~/.config/fish/completions/ccproxy.fish
function __ccproxy_place
  set -l place ''
  for word in (commandline -opc)[2..-1]
    string match -q -- '-*' $word; and break
    set -l next (string trim -- "$place $word")
    contains -- $next ${
    places.filter(({ path }) => path.length > 0).map(({ path }) => fishQuote(path.join(" "))).join(" ")
  }; or break
    set place $next
  end
  echo $place
end
complete -c ccproxy -f
${lines.join("\n")}
`;
}

function powershellScript(places: readonly Position[]): string {
  const psQuote = (text: string) => `'${text.replaceAll("'", "''")}'`;
  const list = (candidates: readonly Candidate[]) =>
    candidates.map(({ word, doc }) => `@(${psQuote(word)}, ${psQuote(doc === "" ? word : doc)})`).join(", ");
  return `# PowerShell completion for ccproxy; load it with: ccproxy completions powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName ccproxy -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @{
${
    places.map((place) =>
      `    ${psQuote(place.path.join(" "))} = @(${list(place.words)}${
        place.words.length === 1 ? ", $null" : ""
      })`
    ).join("\n")
  }
  }
  $flags = @{
${
    places.map((place) =>
      `    ${psQuote(place.path.join(" "))} = @(${list(place.flags)}${
        place.flags.length === 1 ? ", $null" : ""
      })`
    ).join("\n")
  }
  }
  $values = @{
${
    places.flatMap((place) =>
      place.values.map(({ flag, choices }) =>
        `    ${psQuote([...place.path, flag].join(" "))} = @(${choices.map(psQuote).join(", ")})`
      )
    ).join("\n")
  }
  }
  $place = ''
  $previous = ''
  foreach ($element in $commandAst.CommandElements | Select-Object -Skip 1) {
    if ($element.Extent.EndOffset -ge $cursorPosition -and $wordToComplete -ne '') { break }
    $previous = $element.ToString()
    $next = "$place $previous".Trim()
    if ($flags.ContainsKey($next)) { $place = $next }
  }
  $key = "$place $previous".Trim()
  if ($previous.StartsWith('--') -and $values.ContainsKey($key)) {
    $values[$key] | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
      [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
    }
    return
  }
  @($words[$place]) + @($flags[$place]) | Where-Object { $_ -and $_[0] -like "$wordToComplete*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_[0], $_[0], 'ParameterValue', $_[1])
  }
}
`;
}
