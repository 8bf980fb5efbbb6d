import { ROUTES } from "../../src/server/routes.ts";
import { markdownTable, sentence } from "./markdown.ts";

/** Every route. `P` stands for the prefixes that the text in front of the table names. */
export function routesPart(): string {
  return markdownTable(
    ["route", "answers"],
    ROUTES.map(({ method, path, doc }) => [
      `\`${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}\``,
      sentence(doc),
    ]),
  );
}
