import { quotePowershell } from "../../quote.ts";
import type { Candidate, Position } from "./positions.ts";

/** The script for PowerShell. */
export function powershellScript(places: readonly Position[]): string {
  const list = (candidates: readonly Candidate[]) =>
    candidates.map(({ word, doc }) =>
      `@(${quotePowershell(word)}, ${quotePowershell(doc === "" ? word : doc)})`
    ).join(", ");
  return `# PowerShell completion for ccproxy; load it with: ccproxy completions powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName ccproxy -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @{
${
    places.map((place) =>
      `    ${quotePowershell(place.path.join(" "))} = @(${list(place.words)}${
        place.words.length === 1 ? ", $null" : ""
      })`
    ).join("\n")
  }
  }
  $flags = @{
${
    places.map((place) =>
      `    ${quotePowershell(place.path.join(" "))} = @(${list(place.flags)}${
        place.flags.length === 1 ? ", $null" : ""
      })`
    ).join("\n")
  }
  }
  $values = @{
${
    places.flatMap((place) =>
      place.values.map(({ flag, source }) =>
        `    ${quotePowershell([...place.path, flag].join(" "))} = @(${
          source.kind === "choices" ? source.choices.map(quotePowershell).join(", ") : ""
        })`
      )
    ).join("\n")
  }
  }
  $asked = @{
${
    places.flatMap((place) => [
      ...place.asked === undefined
        ? []
        : [`    ${quotePowershell(place.path.join(" "))} = { ${place.asked} 2>$null }`],
      ...place.values.flatMap(({ flag, source }) =>
        source.kind === "asked"
          ? [`    ${quotePowershell([...place.path, flag].join(" "))} = { ${source.command} 2>$null }`]
          : []
      ),
    ]).join("\n")
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
    $found = @($values[$key])
    if ($asked.ContainsKey($key)) { $found += @(& $asked[$key]) }
    $found | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
      [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
    }
    return
  }
  if ($asked.ContainsKey($place) -and -not $wordToComplete.StartsWith('-')) {
    & $asked[$place] | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
      $text = if ($_ -match '^[\\w.:-]+$') { $_ } else { "'" + $_.Replace("'", "''") + "'" }
      [System.Management.Automation.CompletionResult]::new($text, $_, 'ParameterValue', $_)
    }
  }
  @($words[$place]) + @($flags[$place]) | Where-Object { $_ -and $_[0] -like "$wordToComplete*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_[0], $_[0], 'ParameterValue', $_[1])
  }
}
`;
}
