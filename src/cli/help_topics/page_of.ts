/** Commands whose subject has a page of its own; the page of commands has the others. */
const PAGES_BY_WORD: Readonly<Record<string, string>> = {
  config: "settings",
  codex: "settings",
  keys: "tracking",
  usage: "tracking",
  sessions: "memory",
  service: "running",
  connect: "clients",
  launch: "clients",
};

/** The topic to read on in after the help of a command or a group: `["keys", "list"]` is in "tracking". */
export function pageOf(path: readonly string[]): string {
  return PAGES_BY_WORD[path[0] ?? ""] ?? "commands";
}
