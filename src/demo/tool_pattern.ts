/**
 * Finds a tool's name in a prompt, in any case of the letters. `get_weather` is named by itself and by `get weather`. A
 * name of one plain word has to be called (`call add`, `use the Bash tool`): "write a story" names no tool `Write`.
 */
export function toolPattern(name: string): RegExp {
  const words = name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(/[_-]+/g, "[-_ ]?");
  const isPlain = /^[A-Za-z]?[a-z]+$/.test(name);
  const before = isPlain ? "(?<=\\b(?:call|use|using|run|invoke|with) (?:the )?(?:tool )?`?)" : "(?<![\\w-])";
  return new RegExp(`${before}${words}(?![\\w-])`, "gi");
}
