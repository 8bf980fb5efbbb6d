import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startFakeBackend } from "../fake/backend.ts";
import { makeHome } from "./home.ts";

Deno.test("models lists the models of the account, names alone when asked, and the last answer without asking", async () => {
  await using backend = await startFakeBackend();
  await using home = await makeHome({ backend });
  await home.signIn();
  const table = await home.run("models");
  assertEquals(table.code, 0);
  assertMatch(table.stdout, /^MODEL +NAME +CONTEXT/);
  assertMatch(table.stdout, /^\S+ \* /m);
  assertEquals(table.stderr, "\nSource: live from the backend\n");
  const quiet = await home.run("models --quiet");
  const names = quiet.stdout.trimEnd().split("\n");
  const json = JSON.parse((await home.run("models --json")).stdout);
  assertEquals([json.source, json.models.map(({ id }: { id: string }) => id)], ["live", names]);
  const asked = backend.requests.length;
  const cached = await home.run("models --cached -q");
  assertEquals([cached.stdout, backend.requests.length], [quiet.stdout, asked]);
});

Deno.test("models says why it is not the list of the account", async () => {
  await using home = await makeHome();
  const ran = await home.run("models");
  assertEquals(ran.code, 0);
  assertStringIncludes(ran.stderr, "Source: built-in list of");
});
