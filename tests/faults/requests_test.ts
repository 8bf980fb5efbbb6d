import { assert, assertEquals } from "@std/assert";
import type { Program } from "../program.ts";
import { HELLO, withProgram } from "../e2e/setup.ts";
import { IN_A_REQUEST } from "./in_a_request.ts";
import type { RequestRow } from "./request_row.ts";

/** A client that hears nothing for so long was forgotten. */
const FORGOTTEN_MS = 20_000;

/** Rows with the same settings share a program, one after the other: each proves that the one before did no harm. */
const GROUPS = Map.groupBy(IN_A_REQUEST, ({ config }) => config ?? "");

for (const [config, rows] of GROUPS) {
  Deno.test({
    name: `faults of requests, ${config.replaceAll(/\s+/g, " ").trim() || "default settings"}`,
    fn: (test) =>
      withProgram(async ({ program, backend }) => {
        for (const row of rows) {
          await test.step({
            name: row.fault,
            async fn() {
              const before = backend.asks().length;
              const logged = program.stderr().length;
              await runRow(program, row, logged);
              assertEquals(backend.asks().length - before, row.asks ?? 0);
            },
          });
        }
        await checkLeft(program, config);
      }, { args: ["serve", "--port", "0", "--log-format", "json"], config }),
  });
}

/** Sends the row's bytes and looks at the answer and at the line in the log behind `logged`. */
async function runRow(program: Program, row: RequestRow, logged: number): Promise<void> {
  const answer = await exchange(program.port, row);
  const status = /^HTTP\/1\.[01] (\d{3}) /.exec(answer)?.[1];
  assertEquals(status === undefined ? undefined : Number(status), row.status, answer.slice(0, 2000));
  if (row.text !== undefined) assert(row.text.test(answer), `${row.text} is not in ${answer.slice(0, 2000)}`);
  if (row.never !== undefined) assert(!row.never.test(answer), `${row.never} is in ${answer}`);
  // The problem of the row, in a line that this request wrote; the line comes when the place is free.
  const problem = row.log === undefined ? "" : `"problem":"${row.log}"`;
  if (row.log !== undefined) {
    await program.stderrUntil(new RegExp(`^[^]{${logged},}"message":"request".*${problem}`));
  }
  assert(!program.stderr().includes("internal error"), program.stderr());
}

/** Writes head and body, and reads until the program closes. */
async function exchange(port: number, row: RequestRow): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const last = row.head.some((line) => /^connection:/i.test(line)) ? [] : ["Connection: close"];
  const head = [...row.head, ...last, "", ""].join("\r\n").replaceAll("PORT", `${port}`);
  const body = typeof row.body === "string"
    ? new TextEncoder().encode(row.body)
    : row.body ?? new Uint8Array();
  const bytes = new Uint8Array([...new TextEncoder().encode(head), ...body]);
  const writer = connection.writable.getWriter();
  // A program that refuses before it has read everything may close first; what it said counts.
  const sent = writer.write(bytes).then(async () => {
    if (row.leaves === true) await connection.closeWrite();
  }).catch(() => {});
  // A bound for a program that forgets a connection, not a wait.
  let forgotten = false;
  const timer = setTimeout(() => {
    forgotten = true;
    connection.close();
  }, FORGOTTEN_MS);
  const answer = await readAll(connection);
  clearTimeout(timer);
  if (forgotten) throw new Error(`the connection was left open; it said ${answer.slice(0, 2000)}`);
  connection.close();
  await sent;
  return answer;
}

async function readAll(connection: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  const buffer = new Uint8Array(65_536);
  try {
    for (let count = await connection.read(buffer); count !== null; count = await connection.read(buffer)) {
      text += decoder.decode(buffer.subarray(0, count), { stream: true });
    }
  } catch {
    // A reset: what came before it is the answer.
  }
  return text;
}

/** No place is taken, and an ordinary request is served. */
async function checkLeft(program: Program, config: string): Promise<void> {
  const headers = { "content-type": "application/json", authorization: "Bearer my-key" };
  const metrics = await (await program.fetch("/metrics", { headers })).text();
  assert(metrics.includes("ccproxy_requests_running 1\n"), `${config}: ${metrics}`);
  const next = await program.fetch("/v1/chat/completions", {
    method: "POST",
    headers,
    body: JSON.stringify(HELLO),
  });
  assertEquals(next.status, 200, await next.text());
}
