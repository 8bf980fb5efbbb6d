import { assertEquals, assertStringIncludes } from "@std/assert";
import { startFakeBackend } from "../fake/backend.ts";
import { NOW_MS } from "./fake_world.ts";
import { makeHome } from "./home.ts";

Deno.test("codex info shows the built-in list, and why, when nobody is signed in", async () => {
  await using home = await makeHome();
  const ran = await home.run("codex info", { columns: 120 });
  assertEquals([ran.code, ran.stderr], [0, ""]);
  assertStringIncludes(ran.stdout, "Models (built-in list of 2026-11-20: nobody is signed in)\n");
  assertStringIncludes(
    ran.stdout,
    "gpt-6.2-sol *  GPT-6.2-Sol    500k     8192+   low..ultra (low)     text,image\n",
  );
  assertStringIncludes(ran.stdout, "  prompt:                       built in, about ");
});

Deno.test("codex info shows the live models of the account", async () => {
  await using backend = await startFakeBackend({ now: () => NOW_MS });
  await using home = await makeHome({ backend });
  await home.signIn();
  const text = await home.run("codex info --all", { columns: 120 });
  assertStringIncludes(text.stdout, "Models (live from the backend)\n");
  const ran = await home.run("codex info --json");
  const json = JSON.parse(ran.stdout);
  assertEquals([ran.code, json.models_source, json.models_problem], [0, "live", null]);
  assertEquals(json.models.every((model: { visibility: string }) => model.visibility === "list"), true);
  assertEquals(json.settings.base_url.origin, { kind: "env", name: "CCPROXY_CODEX__BASE_URL" });
  assertEquals(backend.refusals(), []);
});

Deno.test("codex info falls back to the last answer when the backend is away", async () => {
  await using home = await makeHome();
  await home.signIn();
  {
    await using backend = await startFakeBackend({ now: () => NOW_MS });
    await home.run("codex info", { env: { CCPROXY_CODEX__BASE_URL: backend.url } });
  }
  const ran = await home.run("codex info");
  assertEquals(ran.code, 0);
  assertStringIncludes(ran.stdout, "Models (last answer of the backend, 2026-11-22 12:00 UTC (now): ");
});

Deno.test("codex info obeys the toggle, the fallback and the aliases of the settings", async () => {
  await using home = await makeHome();
  await home.writeConfig(
    "[codex]\nenable_dynamic_model_info = false\nmax_output_tokens_fallback = 4096\n" +
      'default_model = "gpt-5.5"\nmodel_aliases = { mine = "gpt-5.5" }\n',
  );
  const ran = await home.run("codex info", { columns: 120 });
  assertStringIncludes(
    ran.stdout,
    "Models (built-in list of 2026-11-20: codex.enable_dynamic_model_info is off)\n",
  );
  assertStringIncludes(ran.stdout, "4096+");
  assertStringIncludes(ran.stdout, "  Default:     gpt-5.5, for requests that name no model\n");
  assertStringIncludes(ran.stdout, "  Aliases:     mine=gpt-5.5\n");
  assertStringIncludes(ran.stdout, "  max_output_tokens_fallback:   4096 (config.toml:3)\n");
});

Deno.test("codex info tells what was learned to be left out, as long as it is believed", async () => {
  await using home = await makeHome();
  await Deno.mkdir(`${home.path}/.local/state/ccproxy`, { recursive: true });
  const fact = (parameter: string, untilMs: number) => ({ model: "gpt-5.5", parameter, untilMs });
  await Deno.writeTextFile(
    `${home.path}/.local/state/ccproxy/learned.json`,
    JSON.stringify([fact("temperature", NOW_MS + 3_600_000), fact("top_p", NOW_MS - 1)]),
  );
  const ran = await home.run("codex info");
  assertStringIncludes(
    ran.stdout,
    "  Learned: temperature is left out for gpt-5.5, which refused it; tried again 2026-11-22 13:00 UTC (in 1 hour)\n",
  );
  assertEquals(JSON.parse((await home.run("codex info --json")).stdout).learned, [
    { model: "gpt-5.5", left_out: "temperature", until: "2026-11-22T13:00:00.000Z" },
  ]);
});
