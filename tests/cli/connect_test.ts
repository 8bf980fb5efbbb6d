import { parse as parseToml } from "@std/toml/parse";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CLIENTS, type Target } from "../../src/cli/connect_clients.ts";
import { localUrl } from "../../src/cli/running_server.ts";
import { SETTINGS, type Settings } from "../../src/config/settings.ts";
import { makeHome } from "./home.ts";

const TARGET: Target = { url: "http://127.0.0.1:8000", key: "", model: "gpt-5.5", shell: "sh" };
const WITH_KEY: Target = { ...TARGET, key: "a-key" };

Deno.test("connect lists the clients, and shows one with address, key and model of this installation", async () => {
  await using home = await makeHome();
  const list = await home.run("connect");
  assertEquals([list.code, list.stdout.split("\n").length - 2], [0, CLIENTS.length]);
  await home.writeConfig(
    '[server]\nport = 9100\napi_key = "my-local-key"\n[codex]\ndefault_model = "gpt-5.5"\n',
  );
  const ran = await home.run("connect openai-python", { env: { CCPROXY_SERVER__PORT: "9100" } });
  assertStringIncludes(
    ran.stdout,
    'client = OpenAI(base_url="http://127.0.0.1:9100/codex/v1", api_key="my-local-key")\n' +
      'response = client.responses.create(model="gpt-5.5",',
  );
  assertEquals(ran.code, 0);
  assertStringIncludes(ran.stderr, "The proxy does not run at that address now");
});

Deno.test("connect takes another address and another model", async () => {
  await using home = await makeHome();
  const ran = await home.run(
    "connect env --url https://proxy.example.com/codex/v1/ --model gpt-6-sol --json",
  );
  const json = JSON.parse(ran.stdout);
  assertEquals([json.base_url, json.model], ["https://proxy.example.com/codex/v1", "gpt-6-sol"]);
  assertEquals((await home.run("connect env --url proxy.example.com")).code, 2);
});

Deno.test("connect refuses an unknown client with the nearest one", async () => {
  await using home = await makeHome();
  const ran = await home.run("connect opencde");
  assertEquals([ran.code, ran.stderr.split("\n")[1]], [2, 'hint: Did you mean "ccproxy connect opencode"?']);
});

Deno.test("every client's settings have the address, and the key when there is one", () => {
  for (const client of CLIENTS) {
    const open = JSON.stringify(client.settings(TARGET));
    const keyed = JSON.stringify(client.settings(WITH_KEY));
    assert(open.includes("http://127.0.0.1:8000/codex"), client.name);
    assert(keyed.includes("a-key"), client.name);
  }
});

Deno.test("the settings for codex are TOML, those for opencode JSON", () => {
  const text = (name: string, target: Target) => {
    const step = CLIENTS.find((client) => client.name === name)?.settings(target).steps.find(({ kind }) =>
      kind === "file"
    );
    return step?.kind === "file" ? step.text : "";
  };
  assertEquals(parseToml(text("codex", WITH_KEY)), {
    model_provider: "ccproxy",
    model_providers: {
      ccproxy: {
        name: "ccproxy",
        base_url: "http://127.0.0.1:8000/codex/v1",
        wire_api: "responses",
        supports_websockets: true,
        env_key: "CCPROXY_API_KEY",
      },
    },
  });
  assertEquals(JSON.parse(text("opencode", TARGET)).provider.ccproxy.options, {
    baseURL: "http://127.0.0.1:8000/codex/v1",
    apiKey: "ccproxy",
  });
});

Deno.test("localUrl() is an address that this machine can reach", () => {
  const settings = (host: string): Settings =>
    ({
      ...Object.fromEntries(Object.entries(SETTINGS).map(([key, row]) => [key, row.default])),
      "server.host": host,
    }) as Settings;
  const cases = [["127.0.0.1", "127.0.0.1"], ["0.0.0.0", "127.0.0.1"], ["::", "[::1]"], ["::1", "[::1]"], [
    "localhost",
    "localhost",
  ]];
  for (const [host = "", shown] of cases) assertEquals(localUrl(settings(host)), `http://${shown}:8000`);
});
