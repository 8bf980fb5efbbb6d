/** Claude Code as a client: `claude -p` with its tools, a subagent, an MCP server, a picture, `/compact` and resume. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { isRecord, type JsonObject, listAt, parseJson, recordAt, textAt } from "../../../src/wire/json.ts";
import type { BackendRequest } from "../../fake/backend.ts";
import type { Client, Stage } from "../client.ts";
import { answers, installNpm } from "../install.ts";
import { type OwnCase, runCases, runProcess } from "../process.ts";

const VERSION = "2.1.332";

/** The client. */
export const CLAUDE_CODE: Client = {
  name: "claude_code",
  title: "Claude Code",
  version: VERSION,
  features: "messages: turns, tools, subagents, MCP, pictures, /compact, resume, its list of models",
  async *run(stage) {
    const folder = await installNpm("claude_code", { "@anthropic-ai/claude-code": VERSION });
    const binary = await findBinary(`${folder}/node_modules/@anthropic-ai`);
    if (binary === undefined) {
      const detail = "none of its binaries runs on this system";
      yield { name: "claude_code: starts", result: "skipped", detail };
    } else yield* runCases("claude_code", cases(binary, stage), stage);
  },
};

/** npm brings the binaries that fit, for both C libraries: the first that starts. */
async function findBinary(modules: string): Promise<string | undefined> {
  const file = Deno.build.os === "windows" ? "claude.exe" : "claude";
  for await (const { name } of Deno.readDir(modules)) {
    const binary = `${modules}/${name}/${file}`;
    if (/^claude-code-/.test(name) && await answers(binary, ["--version"])) return binary;
  }
  return undefined;
}

/** How a run of it ended: its result object, and what reached the backend. */
interface Answered {
  readonly result: JsonObject;
  readonly asks: readonly BackendRequest[];
}

function cases(binary: string, { program, backend }: Stage): OwnCase[] {
  async function run(home: string, args: readonly string[]): Promise<Answered> {
    const before = backend.asks().length;
    const env = {
      ...QUIET,
      ANTHROPIC_BASE_URL: `${program.url}/codex`,
      CLAUDE_CONFIG_DIR: `${home}/.claude`,
    };
    const flags = ["--output-format", "json", "--permission-mode", "acceptEdits"];
    const ended = await runProcess(binary, ["-p", ...args, ...flags], { home, env, limitMs: 120_000 });
    const result = parseJson(ended.stdout);
    assert(isRecord(result), ended.stdout + ended.stderr);
    assertEquals([ended.code, result["is_error"]], [0, false], ended.stdout + ended.stderr);
    return { result, asks: backend.asks().slice(before) };
  }
  const textOf = ({ result }: Answered) => textAt(result, "result") ?? "";
  return [
    {
      name: "a turn, and what it cost",
      async run(home) {
        const answered = await run(home, ["say hi"]);
        assertMatch(textOf(answered), /^You said: [^]*say hi/);
        assert(recordAt(answered.result, "usage") !== undefined);
      },
    },
    {
      name: "a tool runs and its result goes back",
      async run(home) {
        const answered = await run(home, ["[bash] please", "--allowedTools", "Bash"]);
        assertMatch(textOf(answered), /The tool said: [^]*from-the-tool/);
      },
    },
    {
      name: "a subagent answers, and the turn goes on with it",
      async run(home) {
        const answered = await run(home, ["[subagent] please"]);
        assertMatch(textOf(answered), /The tool said: [^]*You said: [^]*sub-question/);
      },
    },
    {
      name: "a tool of an MCP server runs",
      async run(home) {
        const server = new URL("mcp_server.mjs", import.meta.url).pathname;
        const config = JSON.stringify({ mcpServers: { small: { command: "node", args: [server] } } });
        await Deno.writeTextFile(`${home}/mcp.json`, config);
        const answered = await run(home, [
          "[mcp] please",
          "--allowedTools",
          "mcp__small__ping",
          "--mcp-config",
          `${home}/mcp.json`,
        ]);
        assertMatch(textOf(answered), /The tool said: [^]*pong from the server/);
      },
    },
    {
      name: "a picture that it reads reaches the model",
      async run(home) {
        await Deno.writeFile(`${home}/dot.png`, Uint8Array.fromBase64(DOT));
        const answered = await run(home, ["[picture] please", "--allowedTools", "Read"]);
        assert(answered.asks.some(({ json }) => JSON.stringify(json).includes('"input_image"')));
      },
    },
    {
      name: "/compact, and the conversation is resumed",
      async run(home) {
        const first = await run(home, ["my name is Alice"]);
        const id = textAt(first.result, "session_id") ?? "";
        const resumed = await run(home, ["[recall]", "--resume", id]);
        assertMatch(textOf(resumed), /my name is Alice/);
        const compacted = await run(home, ["/compact", "--resume", id]);
        assert(compacted.asks.length > 0, "the model is asked for a summary");
        const later = await run(home, ["[recall]", "--resume", textAt(compacted.result, "session_id") ?? id]);
        assertMatch(textOf(later), /I heard: /);
      },
    },
    {
      name: "its list of models has those of this server",
      async run() {
        const headers = { "anthropic-version": "2023-06-01" };
        const response = await program.fetch("/codex/v1/models?limit=1000", { headers });
        const list: unknown = await response.json();
        const ids = (isRecord(list) ? listAt(list, "data") ?? [] : []).map((model) =>
          isRecord(model) ? textAt(model, "id") : undefined
        );
        assert(ids.some((name) => name?.includes("claude")), JSON.stringify(ids));
      },
    },
  ];
}

/** A picture of one pixel. */
const DOT =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** Without these it reports what it does and looks for updates in the network. */
const QUIET = {
  ANTHROPIC_AUTH_TOKEN: "dummy-key",
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  DISABLE_AUTOUPDATER: "1",
  DISABLE_TELEMETRY: "1",
  IS_SANDBOX: "1",
  // Else the first turn may begin before the servers have told their tools.
  MCP_CONNECTION_NONBLOCKING: "0",
};
