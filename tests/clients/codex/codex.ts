/** The Codex CLI as a client: `codex exec` against the program, configured as backend.md#cli-settings says. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { PIXEL } from "../../../src/demo/direct_answers.ts";
import type { BackendRequest } from "../../fake/backend.ts";
import type { EventStep } from "../../fake/script.ts";
import type { Client, Stage } from "../client.ts";
import { installNpm } from "../install.ts";
import { NPM } from "../versions.ts";
import { type Ended, type OwnCase, runCases, runProcess } from "../process.ts";

const VERSION = NPM["@openai/codex"];

/** The client. */
export const CODEX: Client = {
  name: "codex",
  title: "Codex CLI",
  version: VERSION,
  features:
    "both model shapes, tools, pictures, output schemas, sessions resumed, own provider and openai_base_url, pictures, live web search, limits, reconnection",
  async *run(stage) {
    const binary = await findBinary(await installNpm("codex", { "@openai/codex": VERSION }));
    yield* runCases("codex", cases(binary, stage), stage);
  },
};

/** The package's own starter looks for the same file; it is left out so that no node is needed to run it. */
async function findBinary(folder: string): Promise<string> {
  const scope = `${folder}/node_modules/@openai`;
  const file = Deno.build.os === "windows" ? "codex.exe" : "codex";
  for await (const entry of Deno.readDir(scope)) {
    if (!entry.name.startsWith("codex-")) continue;
    for await (const { name } of Deno.readDir(`${scope}/${entry.name}/vendor`)) {
      return `${scope}/${entry.name}/vendor/${name}/bin/${file}`;
    }
  }
  throw new Error(`No Codex binary below ${scope}: npm installed none for this system`);
}

/** What a run without the network needs (backend.md#cli-offline). */
const OFFLINE = `cli_auth_credentials_store = "file"
[features]
plugins = false
apps = false
[analytics]
enabled = false
`;

function ownProvider(url: string, more = ""): string {
  return `model_provider = "ccproxy"\n${OFFLINE}[model_providers.ccproxy]\nname = "ccproxy"\n` +
    `base_url = "${url}/codex"\nwire_api = "responses"\n${more}`;
}

/** The schema of the answers to `[json]`. */
const PLACE = {
  type: "object",
  properties: { city: { type: "string" }, degrees: { type: "number" } },
  required: ["city", "degrees"],
  additionalProperties: false,
};

const OVER_SOCKETS = "supports_websockets = true\n";

/** How many sockets were opened, by the program's log. */
function sockets(log: string): number {
  return log.match(/status=101/g)?.length ?? 0;
}

function cases(binary: string, { program, locked, backend }: Stage): OwnCase[] {
  /** Runs `codex` in a home with this configuration; gives what the backend was asked meanwhile. */
  async function run(
    home: string,
    config: string,
    args: readonly string[],
  ): Promise<Ended & { asks: BackendRequest[] }> {
    await Deno.mkdir(`${home}/.codex`, { recursive: true });
    await Deno.writeTextFile(`${home}/.codex/config.toml`, config);
    const before = backend.asks().length;
    const ended = await runProcess(binary, ["exec", "--skip-git-repo-check", ...args], {
      home,
      env: { CODEX_HOME: `${home}/.codex` },
    });
    return { ...ended, asks: backend.asks().slice(before) };
  }

  function check(ended: Ended, answer: string): void {
    assertEquals([ended.code, ended.stdout.trim()], [0, answer], ended.stderr);
  }

  return [
    {
      name: "-m gpt-6.1-sol, lite shape, passed on as it came",
      async run(home) {
        const ended = await run(home, ownProvider(program.url), ["-m", "gpt-6.1-sol", "say hi"]);
        check(ended, "You said: say hi");
        assertEquals(ended.asks.length, 1);
        const [{ headers, json }] = ended.asks as [BackendRequest & { json: Record<string, unknown> }];
        assertEquals(headers["x-openai-internal-codex-responses-lite"], "true");
        assertEquals(headers["originator"], "codex_exec");
        assertEquals([json["tools"], json["instructions"]], [undefined, undefined]);
      },
    },
    {
      name: "-m gpt-5.5, standard shape with tools, on the prefix with v1",
      async run(home) {
        const config = ownProvider(program.url).replace('/codex"', '/codex/v1"');
        const ended = await run(home, config, ["-m", "gpt-5.5", "say hi"]);
        check(ended, "You said: say hi");
        const body = ended.asks[0]?.json as { tools: unknown[]; model: string };
        assertEquals([body.model, body.tools.length > 5, ended.asks.length], ["gpt-5.5", true, 1]);
      },
    },
    {
      name: "-m gpt-6.2-sol, the default of this version, lite shape",
      async run(home) {
        const ended = await run(home, ownProvider(program.url), ["-m", "gpt-6.2-sol", "say hi"]);
        check(ended, "You said: say hi");
        assertEquals((ended.asks[0]?.json as { model: string }).model, "gpt-6.2-sol");
      },
    },
    {
      name: "a picture of the prompt, and an answer by a schema",
      async run(home) {
        await Deno.writeFile(`${home}/pixel.png`, Uint8Array.from(Uint8Array.fromBase64(PIXEL)));
        const args = ["-m", "gpt-5.5", "[look]", "-i", "pixel.png"];
        check(await run(home, ownProvider(program.url), args), "I see 1 pictures and 0 files");
        await Deno.writeTextFile(`${home}/schema.json`, JSON.stringify(PLACE));
        const asked = ["-m", "gpt-5.5", "--output-schema", "schema.json", "[json]"];
        const ended = await run(home, ownProvider(program.url), asked);
        check(ended, '{"city":"Paris","degrees":21}');
        const { text } = ended.asks[0]?.json as { text: { format: { schema: unknown } } };
        assertEquals(text.format.schema, PLACE);
      },
    },
    {
      name: "a tool runs and its result goes back",
      async run(home) {
        const args = ["--dangerously-bypass-approvals-and-sandbox", "-m", "gpt-5.5", "[shell] please"];
        const ended = await run(home, ownProvider(program.url), args);
        assertEquals([ended.code, ended.asks.length], [0, 2], ended.stderr);
        assert(/The tool said: [^]*from-the-tool/.test(ended.stdout), ended.stdout);
      },
    },
    {
      name: "a session is resumed with its whole history, not doubled",
      async run(home) {
        check(await run(home, ownProvider(program.url), ["-m", "gpt-5.5", "say hi"]), "You said: say hi");
        const args = ["-m", "gpt-5.5", "resume", "--last", "[recall]"];
        const ended = await run(home, ownProvider(program.url), args);
        assertEquals(ended.code, 0, ended.stderr);
        assertEquals(ended.stdout.match(/say hi/g)?.length, 1, ended.stdout);
      },
    },
    {
      name: "requires_openai_auth: its own login is not used, the model list is read",
      async run(home) {
        await Deno.mkdir(`${home}/.codex`, { recursive: true });
        await Deno.copyFile(`${program.home}/.codex/auth.json`, `${home}/.codex/auth.json`);
        const config = ownProvider(program.url, "requires_openai_auth = true\n");
        const ended = await run(home, config, ["say hi"]);
        check(ended, "You said: say hi");
        assert(!/models/i.test(ended.stderr.match(/^.*ERROR.*$/gm)?.join("\n") ?? ""), ended.stderr);
      },
    },
    {
      name: "openai_base_url: WebSocket by itself, both login files stay as they are",
      async run(home) {
        const [own, proxys] = [`${home}/.codex/auth.json`, `${program.home}/.codex/auth.json`];
        await Deno.mkdir(`${home}/.codex`, { recursive: true });
        await Deno.copyFile(proxys, own);
        const before = await Deno.readTextFile(proxys);
        const config = `openai_base_url = "${program.url}/codex"\n${OFFLINE}`;
        const ended = await run(home, config, ["say hi"]);
        check(ended, "You said: say hi");
        assertEquals(ended.asks.length, 1);
        await program.stderrUntil(/method=WS .*lane=opaque model_asked=gpt-6\.1-sol .*status=200/);
        assertEquals([await Deno.readTextFile(own), await Deno.readTextFile(proxys)], [before, before]);
      },
    },
    {
      name: "its own tools for pictures and live web search reach their endpoints",
      async run(home) {
        await Deno.mkdir(`${home}/.codex`, { recursive: true });
        await Deno.copyFile(`${program.home}/.codex/auth.json`, `${home}/.codex/auth.json`);
        const config = `web_search = "live"\nopenai_base_url = "${program.url}/codex"\n${
          OFFLINE.replace("[features]", "[features]\nstandalone_web_search = true")
        }`;
        const tools = [
          ["image_gen", "imagegen", { prompt: "a fox", transparent_background: false }, "input_image"],
          ["web", "run", { search_query: [{ q: "foxes" }] }, "Foxes, found by"],
        ] as const;
        for (const [namespace, name, args, wanted] of tools) {
          backend.answer({ events: callOf(namespace, name, JSON.stringify(args)) });
          const ended = await run(home, config, ["look for foxes"]);
          assertEquals([ended.code, ended.asks.length], [0, 2], ended.stderr);
          const { input } = ended.asks[1]?.json as { input: Record<string, unknown>[] };
          assertStringIncludes(JSON.stringify(input.at(-1)), wanted);
        }
      },
    },
    {
      name: "WebSocket: supports_websockets, lite shape, warm-up and answer over one socket",
      async run(home) {
        const before = sockets(program.stderr());
        const args = ["-m", "gpt-6.1-sol", "say hi"];
        const ended = await run(home, ownProvider(program.url, OVER_SOCKETS), args);
        check(ended, "You said: say hi");
        assertEquals([ended.asks.length, sockets(program.stderr()) - before], [1, 1]);
        const [{ headers, json }] = ended.asks as [BackendRequest & { json: Record<string, unknown> }];
        // Over a WebSocket to the backend it travels in the message.
        const metadata = json["client_metadata"] as Record<string, string> | undefined;
        const inMessage = metadata?.["ws_request_header_x_openai_internal_codex_responses_lite"];
        assertEquals(headers["x-openai-internal-codex-responses-lite"] ?? inMessage, "true");
        assertEquals([json["previous_response_id"], json["generate"]], [undefined, undefined]);
      },
    },
    {
      name: "WebSocket: a tool runs, and what continues it is the whole conversation at the backend",
      async run(home) {
        const args = ["--dangerously-bypass-approvals-and-sandbox", "-m", "gpt-5.5", "[shell] please"];
        const ended = await run(home, ownProvider(program.url, OVER_SOCKETS), args);
        assertEquals([ended.code, ended.asks.length], [0, 2], ended.stderr);
        assert(/The tool said: [^]*from-the-tool/.test(ended.stdout), ended.stdout);
        const [first, second] = ended.asks.map(({ json }) => (json as { input: unknown[] }).input);
        assertEquals(second?.slice(0, first?.length), first);
      },
    },
    {
      name: "WebSocket: an exhausted plan ends it at once, in the backend's own words",
      async run(home) {
        const args = ["-m", "gpt-5.5", "[usage limit]"];
        const ended = await run(home, ownProvider(program.url, OVER_SOCKETS), args);
        assertEquals([ended.code === 0, ended.asks.length], [false, 1], ended.stderr);
        assert(/usage limit/i.test(ended.stderr), ended.stderr);
      },
    },
    {
      name: "WebSocket: a cut stream is asked again on a new socket",
      async run(home) {
        const args = ["-m", "gpt-5.5", "[cut once] over a socket"];
        const ended = await run(home, ownProvider(program.url, OVER_SOCKETS), args);
        check(ended, "You said: [cut once] over a socket");
        assertEquals(ended.asks.length, 2);
      },
    },
    {
      name: "WebSocket: without a login it stops at once and says what to do",
      async run(home) {
        const config = ownProvider(locked.url, `${OVER_SOCKETS}env_key = "KEY"\n`);
        await Deno.mkdir(`${home}/.codex`, { recursive: true });
        await Deno.writeTextFile(`${home}/.codex/config.toml`, config);
        const ended = await runProcess(binary, ["exec", "--skip-git-repo-check", "say hi"], {
          home,
          env: { CODEX_HOME: `${home}/.codex`, KEY: "open-sesame" },
        });
        assert(ended.code !== 0 && /ccproxy auth login-openai/.test(ended.stderr), ended.stderr);
        assert(!/Reconnecting|retry/i.test(ended.stderr), ended.stderr);
      },
    },
    {
      name: "an exhausted plan ends it at once, in the backend's own words",
      async run(home) {
        const ended = await run(home, ownProvider(program.url), ["-m", "gpt-5.5", "[usage limit]"]);
        assertEquals([ended.code === 0, ended.asks.length], [false, 1], ended.stderr);
        assert(/usage limit/i.test(ended.stderr), ended.stderr);
      },
    },
    {
      name: "a cut stream is asked again",
      async run(home) {
        const ended = await run(home, ownProvider(program.url), ["-m", "gpt-5.5", "[cut once]"]);
        check(ended, "You said: [cut once]");
        assertEquals(ended.asks.length, 2);
      },
    },
  ];
}

/** An answer that is one call of a tool of the CLI's own. */
function callOf(namespace: string, name: string, args: string): EventStep[] {
  const call = {
    type: "function_call",
    id: "fc_own",
    call_id: `call_${name}`,
    namespace,
    name,
    arguments: args,
  };
  const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
  return [
    { type: "response.created", response: { id: `resp_${name}`, status: "in_progress" } },
    { type: "response.output_item.done", output_index: 0, item: { ...call, status: "completed" } },
    { type: "response.completed", response: { id: `resp_${name}`, status: "completed", output: [], usage } },
  ];
}
