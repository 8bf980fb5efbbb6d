/**
 * `deno task docs`: writes the generated parts of the documents, each between `<!-- NAME:begin -->` and
 * `<!-- NAME:end -->`. With `--check` nothing is written, and parts that are out of date end it with code 1.
 */
import { clientsPart } from "./docs/clients_part.ts";
import { commandsPart } from "./docs/commands_part.ts";
import { errorsPart } from "./docs/errors_part.ts";
import { parametersPart } from "./docs/parameters_part.ts";
import { permissionsPart } from "./docs/permissions_part.ts";
import { replacePart } from "./docs/replace_part.ts";
import { routesPart } from "./docs/routes_part.ts";
import { settingsPart } from "./docs/settings_part.ts";
import { tasksPart } from "./docs/tasks_part.ts";

/** A part of a document that is made from the program. */
interface Part {
  /** from the root of the repository */
  readonly document: string;
  /** as the markers spell it */
  readonly name: string;
  readonly text: () => string;
}

const PARTS: readonly Part[] = [
  { document: ".github/docs/client_setup.md", name: "clients", text: clientsPart },
  { document: ".github/docs/commands.md", name: "commands", text: commandsPart },
  { document: ".github/docs/settings.md", name: "settings", text: settingsPart },
  { document: ".github/docs/routes.md", name: "routes", text: routesPart },
  { document: ".github/docs/parameters.md", name: "parameters", text: parametersPart },
  { document: ".github/docs/errors.md", name: "errors", text: errorsPart },
  { document: ".github/docs/privacy.md", name: "permissions", text: permissionsPart },
  { document: ".github/CONTRIBUTING.md", name: "tasks", text: tasksPart },
];

const ROOT = new URL("../", import.meta.url);

/** Brings every document up to date, or only looks. Returns the parts that were, or are, out of date. */
async function writeDocuments(check: boolean): Promise<string[]> {
  const stale: string[] = [];
  for (const [document, parts] of Map.groupBy(PARTS, ({ document }) => document)) {
    const url = new URL(document, ROOT);
    const before = (await Deno.readTextFile(url)).replaceAll("\r\n", "\n");
    let after = before;
    for (const { name, text } of parts) {
      const next = replacePart(after, name, text());
      if (next !== after) stale.push(`${document}: ${name}`);
      after = next;
    }
    if (!check && after !== before) await Deno.writeTextFile(url, after);
  }
  return stale;
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

if (import.meta.main) {
  const [word, ...rest] = Deno.args;
  if (rest.length > 0 || (word !== undefined && word !== "--check")) {
    say("usage: deno task docs [--check]");
    Deno.exit(2);
  }
  const check = word === "--check";
  const stale = await writeDocuments(check);
  for (const part of stale) say(`${check ? "out of date" : "written"}: ${part}`);
  if (stale.length === 0) say("All generated parts are up to date");
  else if (check) {
    say('Run "deno task docs" and commit what it changes');
    Deno.exit(1);
  }
}
