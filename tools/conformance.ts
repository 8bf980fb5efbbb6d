// deno-lint-ignore-file no-console -- what it prints is what it is for
/**
 * `deno task conformance`: runs every real client and the Open Responses cases against the program, over both ways to
 * the backend, and writes what came of it, with versions and date, between the markers `conformance` of README.md. Ends
 * with code 1 when a case failed; the table then says so too.
 */
import { runClient, type Way } from "../tests/clients/run_client.ts";
import { CLIENTS } from "../tests/clients/clients.ts";
import type { CaseResult, Client } from "../tests/clients/client.ts";
import { markdownTable } from "./docs/markdown.ts";
import { replacePart } from "./docs/replace_part.ts";

/** What a client's cases came to, over each way to the backend. */
interface Outcome {
  readonly client: Client;
  readonly results: Readonly<Record<Way, readonly CaseResult[]>>;
}

const WAYS: readonly Way[] = ["auto", "sse"];

/**
 * The table of the README.
 *
 * @param date as `2026-11-22`
 */
function conformancePart(outcomes: readonly Outcome[], date: string): string {
  const rows = outcomes.map(({ client, results }) => [
    client.title,
    client.version === "" ? "as above" : client.version,
    [client.features, ...new Set(WAYS.flatMap((way) => skipsOf(results[way])))].join("; "),
    ...WAYS.map((way) => resultText(results[way])),
  ]);
  const head = ["client", "version", "exercised", `over WebSocket, ${date}`, "over POST"];
  return markdownTable(head, rows);
}

/** What was skipped, and why: in the row, for the front page has no room for a list. */
function skipsOf(results: readonly CaseResult[]): string[] {
  return results.filter(({ result }) => result === "skipped")
    .map(({ name, detail }) => `skipped: ${name} (${detail})`);
}

function resultText(results: readonly CaseResult[]): string {
  const count = (result: CaseResult["result"]) => results.filter((entry) => entry.result === result).length;
  const failed = count("failed");
  const skipped = count("skipped");
  return `${count("passed")} passed${failed === 0 ? "" : `, **${failed} failed**`}${
    skipped === 0 ? "" : `, ${skipped} skipped`
  }`;
}

async function runAll(): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const client of CLIENTS) {
    const results: Record<Way, readonly CaseResult[]> = { auto: [], sse: [] };
    for (const way of WAYS) {
      results[way] = await Array.fromAsync(runClient(client, way));
      console.log(`${client.title} ${client.version}, ${way}: ${resultText(results[way])}`);
      for (const { name, result, detail } of results[way]) {
        if (result !== "passed") console.log(`  ${result} ${name}: ${detail ?? ""}`);
      }
    }
    outcomes.push({ client, results });
  }
  return outcomes;
}

if (import.meta.main) {
  const outcomes = await runAll();
  const readme = new URL("../README.md", import.meta.url);
  const before = await Deno.readTextFile(readme);
  const date = new Date().toISOString().slice(0, 10);
  await Deno.writeTextFile(readme, replacePart(before, "conformance", conformancePart(outcomes, date)));
  const failed = outcomes.some(({ results }) =>
    WAYS.some((way) => results[way].some(({ result }) => result === "failed"))
  );
  console.log(failed ? "Written, with failures" : "Written");
  Deno.exit(failed ? 1 : 0);
}
