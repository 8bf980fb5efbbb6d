import config from "../../deno.json" with { type: "json" };
import { code, markdownTable, sentence } from "./markdown.ts";

/** The tasks of deno.json. */
export function tasksPart(): string {
  return markdownTable(
    ["task", "does"],
    Object.entries(config.tasks).map(([name, { description }]) => [
      code(`deno task ${name}`),
      sentence(description),
    ]),
  );
}
