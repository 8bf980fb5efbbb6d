// deno-lint-ignore-file no-console -- what it prints is what it is for
/**
 * `deno task test:clients [NAME …] [--cases REGEXP] [--sse]`: runs the real clients against the program, which talks to
 * the strict fake backend as it does by default, or with `--sse` by POST alone. Ends with `N passed, N failed`, exit code
 * 1 when anything failed.
 */
import { parseArgs } from "@std/cli/parse-args";
import { CLIENTS } from "./clients.ts";
import { runClient } from "./run_client.ts";

const args = parseArgs(Deno.args, { string: ["cases"], boolean: ["sse"] });
const names = args._.map(String);
const unknown = names.filter((name) => !CLIENTS.some((client) => client.name === name));
if (unknown.length > 0) {
  console.error(`Unknown client ${unknown.join(", ")}: use ${CLIENTS.map(({ name }) => name).join(", ")}`);
  Deno.exit(2);
}
const count = { passed: 0, failed: 0, skipped: 0 };
for (const client of CLIENTS.filter(({ name }) => names.length === 0 || names.includes(name))) {
  console.log(`\n${client.title} ${client.version}`);
  const cases = typeof args["cases"] === "string" ? args["cases"] : "";
  for await (const { name, result, detail } of runClient(client, args.sse ? "sse" : "auto", cases)) {
    count[result]++;
    const more = detail === undefined ? "" : result === "skipped" ? `: ${detail}` : `\n${indent(detail)}`;
    console.log(`  ${result === "passed" ? "ok" : result} ${name}${more}`);
  }
}
const skipped = count.skipped === 0 ? "" : `, ${count.skipped} skipped`;
console.log(`\n${count.passed} passed, ${count.failed} failed${skipped}`);
Deno.exit(count.failed === 0 ? 0 : 1);

function indent(text: string): string {
  return text.replaceAll(/^/gm, "      ");
}
