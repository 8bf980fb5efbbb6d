/** Trouble of the store is told where somebody looks: answers, readiness, metrics, page, log. */
import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import type { Program } from "../program.ts";
import { post, withProgram } from "./setup.ts";

const say = (content: string) => ({ model: "gpt-5", messages: [{ role: "user", content }] });
const PATH = "/codex/s/chat/completions";

async function warningOf(program: Program, content: string, more: object = {}): Promise<string | null> {
  const response = await post(program, PATH, { ...say(content), ...more });
  assertEquals(response.status, 200);
  await response.text();
  return response.headers.get("x-ccproxy-warning");
}

async function readiness(program: Program): Promise<[number, string]> {
  const response = await program.fetch("/health/ready");
  return [response.status, (await response.json()).memory];
}

async function textOf(program: Program, path: string): Promise<string> {
  return await (await program.fetch(path)).text();
}

const databaseOf = ({ home }: Program) => `${home}/.local/state/ccproxy/ccproxy.db`;

Deno.test({
  name:
    "a database that another program holds costs no answer; what is not remembered is told, and the end of it",
  ignore: Deno.build.os === "windows",
  async fn() {
    await withProgram(async ({ program }) => {
      assertEquals(await warningOf(program, "one"), null);
      assertEquals(await readiness(program), [200, "ok"]);
      const other = new DatabaseSync(databaseOf(program));
      other.exec("BEGIN IMMEDIATE");
      const reason = "another program holds the database";
      assertEquals(await warningOf(program, "two"), `this turn is not remembered: ${reason}`);
      // What a stream cannot tell any more is in the log, and in the next answer of the session.
      const streamed = await warningOf(program, "three", { stream: true });
      assert(streamed?.includes(`an earlier turn is not remembered: ${reason}`), `${streamed}`);
      assertEquals(await readiness(program), [200, reason]);
      const metrics = await textOf(program, "/metrics");
      assert(metrics.includes('ccproxy_turns_not_remembered_total{cause="memory_busy"} 2'), metrics);
      assert(metrics.includes("ccproxy_memory_ok 0"));
      assert((await textOf(program, "/")).includes(`Nothing is remembered at the moment: ${reason}.`));
      other.exec("COMMIT");
      other.close();
      assertEquals(await readiness(program), [200, "ok"]);
      assertEquals(await warningOf(program, "four"), `an earlier turn is not remembered: ${reason}`);
      assertEquals(await warningOf(program, "five"), null);
      assert(/turn not remembered.*Another program holds the database/.test(program.stderr()));
      assert((await textOf(program, "/metrics")).includes("ccproxy_memory_ok 1"));
    });
  },
});

Deno.test({
  name: "a database that is deleted while it is served is begun anew, and what was lost is told",
  ignore: Deno.build.os === "windows",
  async fn() {
    await withProgram(async ({ program }) => {
      assertEquals(await warningOf(program, "one"), null);
      await Deno.remove(databaseOf(program));
      const warning = "earlier conversations are gone: the database was removed while ccproxy ran";
      assertEquals(await warningOf(program, "two"), warning);
      const log = await program.stderrUntil(/was removed while ccproxy ran/);
      assert(log.includes("gone: 1 sessions, 0 responses, 0 conversations; a new database is begun"), log);
      assert((await textOf(program, "/")).includes("gone: 1 sessions"));
      const { items } = await (await program.fetch("/codex/sessions/s")).json();
      assertEquals([items.length, items[0].content[0].text], [2, "two"]);
      const kept = new DatabaseSync(databaseOf(program), { readOnly: true });
      assertEquals(kept.prepare("SELECT id FROM record WHERE kind = 'session'").all().length, 1);
      kept.close();
    });
  },
});

Deno.test("a stream whose turn is too large to be remembered says so in its headers", async () => {
  await withProgram(async ({ program, backend }) => {
    const large = "x".repeat(49 * 1024 * 1024);
    const warning = "this turn is not remembered: it is too large or nested too deeply";
    assertEquals(await warningOf(program, large, { stream: true }), warning);
    const after = await warningOf(program, "two", { stream: true });
    assertEquals(after, "an earlier turn is not remembered: it is too large or nested too deeply");
    assertEquals(backend.refusals(), []);
  });
});

Deno.test("an item nested too deeply or too large is refused in these words, not as a lost store", async () => {
  await withProgram(async ({ program }) => {
    const create = (schema: string) =>
      program.fetch("/codex/v1/conversations", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: `{"items":[{"type":"function_call_output","call_id":"c","output":${schema}}]}`,
      });
    const large = await create(JSON.stringify("x".repeat(49 * 1024 * 1024)));
    const { error } = await large.json();
    assertEquals([large.status, error.code], [413, "not_storable"]);
    assert(error.message.startsWith("Too large to be remembered: an item has "), error.message);
    const deep = await create(
      `[{"type":"input_text","text":"x","more":${"[".repeat(9000)}${"]".repeat(9000)}}]`,
    );
    const body = await deep.json();
    assert(deep.status < 500, JSON.stringify(body));
    assertEquals(await readiness(program), [200, "ok"]);
  });
});
