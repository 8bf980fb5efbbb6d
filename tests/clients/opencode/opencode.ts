/** opencode as a client: `opencode run` asks twice, for a title and for the turn itself. */
import { assert, assertEquals } from "@std/assert";
import { PIXEL } from "../../../src/demo/direct_answers.ts";
import type { BackendRequest } from "../../fake/backend.ts";
import type { Client, Stage } from "../client.ts";
import { answers, installNpm } from "../install.ts";
import { NPM } from "../versions.ts";
import { type Ended, type OwnCase, runCases, runProcess } from "../process.ts";

const VERSION = NPM["opencode-ai"];

/** The client. */
export const OPENCODE: Client = {
  name: "opencode",
  title: "opencode",
  version: VERSION,
  features: "chat and responses: title and turn, tools, pictures",
  async *run(stage) {
    const folder = await installNpm("opencode", { "opencode-ai": VERSION });
    const binary = await findBinary(`${folder}/node_modules`);
    if (binary === undefined) {
      yield {
        name: "opencode: starts",
        result: "skipped",
        detail: "none of its binaries runs on this system",
      };
    } else yield* runCases("opencode", cases(binary, stage), stage);
  },
};

/** npm brings the binaries that fit, for processors with and without AVX2: the first that starts. */
async function findBinary(modules: string): Promise<string | undefined> {
  const file = Deno.build.os === "windows" ? "opencode.exe" : "opencode";
  for await (const { name } of Deno.readDir(modules)) {
    const binary = `${modules}/${name}/bin/${file}`;
    if (/^opencode-(linux|darwin|windows)/.test(name) && await answers(binary, ["--version"])) return binary;
  }
  return undefined;
}

function cases(binary: string, { program, backend }: Stage): OwnCase[] {
  async function run(
    home: string,
    npm: string,
    words: string,
    more: readonly string[] = [],
  ): Promise<Ended & { asks: BackendRequest[] }> {
    const folder = `${home}/.config/opencode`;
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(`${folder}/opencode.json`, JSON.stringify(settings(npm, program.url)));
    const before = backend.asks().length;
    const ended = await runProcess(binary, ["run", words, ...more], { home, env: QUIET });
    return { ...ended, asks: backend.asks().slice(before) };
  }
  return ["@ai-sdk/openai-compatible", "@ai-sdk/openai"].flatMap((npm): OwnCase[] => [
    {
      name: `${npm}: a title and a turn`,
      async run(home) {
        const ended = await run(home, npm, "say hi");
        assertEquals(ended.code, 0, ended.stderr);
        assert(ended.stdout.includes("You said: "), ended.stdout + ended.stderr);
        assert(ended.stdout.includes("say hi"), ended.stdout);
        const about = ended.asks.map(({ bodyText }) => /title generator/.test(bodyText));
        assertEquals(about, [true, false], "the turn knows nothing of the title");
      },
    },
    {
      name: `${npm}: a picture reaches the model`,
      async run(home) {
        await Deno.writeFile(`${home}/pixel.png`, Uint8Array.from(Uint8Array.fromBase64(PIXEL)));
        const ended = await run(home, npm, "[look]", ["-f", "pixel.png"]);
        assert(ended.stdout.includes("I see 1 pictures"), ended.stdout + ended.stderr);
      },
    },
    {
      name: `${npm}: a tool runs and its result goes back`,
      async run(home) {
        await Deno.writeTextFile(`${home}/notes.txt`, "from-the-file\n");
        const ended = await run(home, npm, "[read notes] please");
        assertEquals(ended.code, 0, ended.stderr);
        assert(/The tool said: [^]*from-the-file/.test(ended.stdout), ended.stdout + ended.stderr);
      },
    },
  ]);
}

/** Without these it looks for updates, model lists and language servers in the network. */
const QUIET = {
  OPENCODE_DISABLE_AUTOUPDATE: "1",
  OPENCODE_DISABLE_MODELS_FETCH: "1",
  OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
  OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
};

function settings(npm: string, url: string): unknown {
  return {
    $schema: "https://opencode.ai/config.json",
    model: "ccproxy/gpt-5.5",
    provider: {
      ccproxy: {
        npm,
        name: "ccproxy",
        options: { baseURL: `${url}/codex/v1`, apiKey: "dummy-key" },
        models: {
          "gpt-5.5": {
            name: "gpt-5.5",
            reasoning: true,
            tool_call: true,
            attachment: true,
            modalities: { input: ["text", "image"], output: ["text"] },
            limit: { context: 272000, output: 32000 },
          },
        },
      },
    },
  };
}
