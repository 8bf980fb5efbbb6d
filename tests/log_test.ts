import { assertEquals } from "@std/assert";
import { createLog } from "../src/log.ts";

function logged(format: "text" | "json", message: string, fields: Record<string, string>): string {
  let line = "";
  const log = createLog({
    level: () => "info",
    format: () => format,
    write: (text) => {
      line += text;
    },
    hide: (text) => text.replaceAll("hunter2", "[hidden]"),
    nowMs: () => 0,
  });
  log("warn", message, fields);
  return line;
}

Deno.test("a line of the log holds nothing that a terminal obeys, and nothing that reverses its text", () => {
  const foreign = "a\x1b[31mb\x9b1m\u202ec\u2066\u2028\r\nd";
  assertEquals(
    logged("text", foreign, { model: foreign }),
    '1970-01-01T00:00:00.000Z warn  a[31mb1mc d model="a\\u001b[31mb1mc\\r\\nd"\n',
  );
  assertEquals(
    logged("json", "m", { model: foreign }),
    '{"time":"1970-01-01T00:00:00.000Z","level":"warn","message":"m","model":"a\\u001b[31mb\\u009b1m\\u202ec\\u2066\\u2028\\r\\nd"}\n',
  );
});

Deno.test("a line of the log masks secrets and cuts what would fill it", () => {
  assertEquals(
    logged("text", "m", { error: "hunter2" }),
    "1970-01-01T00:00:00.000Z warn  m error=[hidden]\n",
  );
  assertEquals(logged("text", "m", { error: "x".repeat(30_000) }).length < 4200, true);
  assertEquals(logged("json", "x".repeat(30_000), {}).length < 4200, true);
});

Deno.test("a line of the log cuts what is longer than 4096 characters, and nothing shorter", () => {
  const message = (length: number) => JSON.parse(logged("json", "x".repeat(length), {})).message;
  assertEquals([message(4096).length, message(4097)], [4096, `${"x".repeat(4096)}…`]);
});
