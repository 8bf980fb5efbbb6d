import { assertEquals, assertStringIncludes } from "@std/assert";
import { openSqliteStore } from "../../src/store/sqlite_store.ts";
import { NOW_MS } from "./fake_world.ts";
import { type Home, makeHome } from "./home.ts";

const HOUR_MS = 3_600_000;

async function remember(home: Home, id: string, said: string): Promise<void> {
  const store = openSqliteStore({
    path: `${home.path}/.local/state/ccproxy/ccproxy.db`,
    nowMs: () => NOW_MS,
  });
  const message = (role: string, text: string) => ({
    item: {
      type: "message",
      role,
      content: [{ type: role === "user" ? "input_text" : "output_text", text }],
    },
  });
  await store.write([{
    op: "put",
    key: { kind: "session", owner: "", id },
    head: { created_ms: NOW_MS - HOUR_MS, turns: 1, model: "gpt-6.1-sol", title: said },
    items: [message("user", said), message("assistant", "Hello\u001b[31m Alice")],
    expiresAtMs: NOW_MS + 24 * HOUR_MS,
  }]);
  await store.close();
}

Deno.test("sessions list shows the stored sessions as a table and as JSON", async () => {
  await using home = await makeHome();
  assertEquals(await home.run("sessions list"), { code: 0, stdout: "", stderr: "No session is stored\n" });
  await remember(home, "my-session", "My name is Alice");
  const { stdout } = await home.run("sessions list");
  assertEquals(stdout.split("\n"), [
    "ID          TURNS  LAST USED  EXPIRES IN  MODEL        BEGINS WITH",
    "my-session  1      now        1 day       gpt-6.1-sol  My name is Alice",
    "",
  ]);
  const json = await home.run("sessions list --json");
  assertEquals(JSON.parse(json.stdout)[0].item_count, 2);
});

Deno.test("sessions show prints a conversation without control characters, and says when there is none", async () => {
  await using home = await makeHome();
  await remember(home, "my-session", "My name is Alice");
  const shown = await home.run("sessions show my-session");
  assertEquals([shown.code, shown.stdout], [0, "user\n  My name is Alice\nassistant\n  Hello[31m Alice\n"]);
  const json = JSON.parse((await home.run("sessions show my-session --json")).stdout);
  assertEquals([json.id, json.items.length], ["my-session", 2]);
  const missing = await home.run("sessions show other");
  assertEquals(missing.code, 1);
  assertStringIncludes(missing.stderr, 'Session not found: there is no session "other"');
});

Deno.test("sessions delete removes one, or all when that is confirmed", async () => {
  await using home = await makeHome();
  for (const id of ["a", "b", "c"]) await remember(home, id, "hi");
  assertEquals((await home.run("sessions delete a")).code, 0);
  assertEquals((await home.run("sessions delete a")).code, 1);
  assertEquals((await home.run("sessions delete")).code, 2);
  const asked = await home.run("sessions delete --all");
  assertEquals(asked.code, 2);
  assertStringIncludes(asked.stderr, "needs a confirmation");
  assertEquals((await home.run("sessions delete --all --yes")).stderr, "Deleted 2 sessions\n");
  assertEquals((await home.run("sessions list")).stdout, "");
});
