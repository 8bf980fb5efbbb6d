import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { reasoningAnswer, textAnswer, toolCallAnswer } from "../fake/answers.ts";
import { dataOf, HELLO, post, withProgram } from "./setup.ts";
import { runProgram } from "../program.ts";
import { parseCase } from "../../src/server/case_text.ts";

/** What a user would not want to see in a bug report. */
const PRIVATE = [
  "Geheimrat",
  "Zürich",
  "meier@example.org",
  "sonnig",
  "überlegt",
  "Widget 4711",
  "Hausordnung",
  "get_weather",
  "city",
  "days",
];

const TOOL = {
  type: "function",
  function: {
    name: "get_weather",
    description: "Weather for Widget 4711",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};

const MESSAGES = [
  { role: "system", content: "Hausordnung: be brief" },
  { role: "user", content: "Geheimrat meier@example.org in Zürich asks" },
];

async function withRecording(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "ccproxy-record-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Every file below a folder by its path. */
async function readAll(folder: string, below = ""): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const { name, isDirectory } of Deno.readDir(`${folder}/${below}`)) {
    if (!isDirectory) files.set(below + name, await Deno.readTextFile(`${folder}/${below}${name}`));
    else for (const [path, text] of await readAll(folder, `${below}${name}/`)) files.set(path, text);
  }
  return files;
}

/** The parts of each case, the cases without their time: `chat 001` and its parts. */
function outline(files: ReadonlyMap<string, string>): Record<string, string[]> {
  return Object.fromEntries(
    [...files].sort(([a], [b]) => a < b ? -1 : 1)
      .map(([path, text]) => [shortName(path), [...parseCase(text).parts.keys()]]),
  );
}

/** `chat 001` for `chat/recorded_…_001.txt`. */
function shortName(path: string): string {
  return path.replace(/^(\w+)\/.*_(\d+)\.txt$/, "$1 $2");
}

Deno.test("serve --record writes exchanges as golden cases without what is private, and they run as such", async () => {
  await withRecording(async (folder) => {
    await withProgram(async ({ program, backend }) => {
      assertStringIncludes(program.stderr(), `Recording every exchange into "${folder}"`);
      backend.answer({
        events: reasoningAnswer(["er überlegt", " lange"], ["Es ist so", "nnig in Zürich, 21 °C"]),
      });
      backend.answer({
        events: toolCallAnswer([{
          name: "get_weather",
          arguments: ['{"ci', 'ty":"Zü', 'rich","da', 'ys":12,"x":[true,nu', "ll]}"],
        }]),
      });
      backend.answer({ events: textAnswer(["Es ist", " sonnig"]) });
      const ask = { ...HELLO, messages: MESSAGES, tools: [TOOL], reasoning_effort: "high" };
      const streamed = await post(program, "/codex/v1/chat/completions", { ...ask, stream: true });
      assertEquals(dataOf(await streamed.text()).at(-1), "[DONE]");
      await (await post(program, "/codex/v1/chat/completions", { ...ask, stream: true })).text();
      await (await post(program, "/codex/v1/responses", { model: "gpt-5.5", input: "Geheimrat?" })).json();
      await (await post(program, "/v1/chat/completions", { ...HELLO, n: 2 })).json();
      await (await post(program, "/v1/responses/compact", { model: "gpt-5.5", input: [] })).body?.cancel();
      backend.answer({ events: reasoningAnswer(["er überlegt"], ["sonnig"]) });
      const claude = { model: "gpt-5.5", max_tokens: 500, stream: true, thinking: { type: "adaptive" } };
      const anthropic = { ...claude, messages: [{ role: "user", content: "Geheimrat" }] };
      await (await post(program, "/codex/v1/messages", anthropic)).text();
      await program.stop();

      const files = await readAll(folder);
      assertEquals(outline(files), {
        "chat 001": ["request", "ask", "upstream", "client"],
        "chat 002": ["request", "ask", "upstream", "client"],
        "chat 004": ["request", "problem"],
        "messages 005": ["request", "ask", "upstream", "client"],
        "responses 003": ["request", "ask", "upstream", "answer"],
      });
      const all = [...files.values()].join("\n");
      const tokens = [
        program.tokens?.access_token,
        program.tokens?.refresh_token,
        program.tokens?.account_id,
      ];
      const found = [...PRIVATE, ...tokens].filter((text) => text === undefined || all.includes(text));
      assertEquals(found, []);
      assertEquals(((await Deno.stat(`${folder}/${[...files.keys()][0]}`)).mode ?? 0) & 0o777, 0o600);

      const { code, output } = await runGolden(folder);
      assertEquals(code, 0, output);
      const after = await readAll(folder);
      // What was recorded is what the translation makes of it; the harness adds the answer of the other way.
      const added = [...after].flatMap(([path, text]) => {
        const before = parseCase(files.get(path) ?? "").parts;
        return [...parseCase(text).parts].filter(([part, bytes]) => `${before.get(part)}` !== `${bytes}`)
          .map(([part]) => `${shortName(path)} ${part}`);
      });
      assertEquals(added.sort(), [
        "chat 001 answer",
        "chat 002 answer",
        "messages 005 answer",
        "responses 003 client",
      ]);
    }, { args: ["serve", "--port", "0", "--record", folder] });
  });
});

/** The golden tests on a folder of recordings; missing ways are written. */
async function runGolden(folder: string): Promise<{ code: number; output: string }> {
  const root = new URL("../../", import.meta.url);
  const viaMap = import.meta.resolve("@std/toml/parse").startsWith("file:");
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "--no-check",
      ...viaMap ? ["--no-lock", "--import-map=tools/std/import_map.json"] : [],
      "--no-prompt",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      "tests/golden_test.ts",
    ],
    cwd: root,
    env: {
      UPDATE_GOLDEN: "1",
      CCPROXY_GOLDEN: `file://${folder}/`,
      NO_COLOR: "1",
      CCPROXY_TEST_RUN: "golden",
    },
    clearEnv: false,
  }).output();
  return { code, output: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

Deno.test("serve --record keeps a Codex client's exchange apart, and a refusal of the backend with its words", async () => {
  await withRecording(async (folder) => {
    await withProgram(async ({ program, backend }) => {
      backend.answer({ events: textAnswer(["Es ist sonnig"]) });
      backend.answer({
        status: 400,
        body: { detail: "Unsupported parameter: hologram of meier@example.org" },
      });
      const item = { type: "message", role: "user", content: [{ type: "input_text", text: "Geheimrat" }] };
      const body = {
        model: "gpt-5.5",
        stream: true,
        store: false,
        input: [item],
        instructions: "Hausordnung",
      };
      const headers = {
        originator: "codex_exec",
        "user-agent": "codex_exec/0.170.0 (Debian 12.0.0; x86_64)",
      };
      const passed = await post(program, "/codex/v1/responses", body, { headers });
      assertStringIncludes(await passed.text(), "Es ist sonnig");
      const refused = await post(program, "/codex/v1/chat/completions", { ...HELLO, model: "gpt-5.5" });
      assertEquals((await refused.json()).error.message.includes("hologram"), true);
      await program.stop();
      const files = await readAll(folder);
      assertEquals(outline(files), {
        "chat 002": ["request", "ask", "upstream", "problem"],
        "passed_on 001": ["request", "upstream", "client"],
      });
      const all = [...files.values()].join("\n");
      assertEquals(PRIVATE.filter((text) => all.includes(text)), []);
      assertStringIncludes(all, "Unsupported parameter: hologram of person@example.com");
    }, { args: ["serve", "--port", "0", "--record", folder] });
  });
});

Deno.test("serve --record refuses a folder that cannot be made, before it listens", async () => {
  await withRecording(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    const { code, stderr } = await runProgram(["serve", "--port", "0", "--record", `${folder}/file/x`]);
    assertEquals(code, 1);
    assert(stderr.startsWith(`Cannot use a file: "--record" cannot use "${folder}/file/x": `));
  });
});

Deno.test("serve --record reads nothing of a request that is not let in, and records nothing of it", async () => {
  await withRecording(async (folder) => {
    await withProgram(async ({ program }) => {
      for (const [host, key] of [["evil.example", "right-key"], ["localhost", "wrong-key"]]) {
        using connection = await Deno.connect({ hostname: "127.0.0.1", port: program.port });
        // The body is announced and never sent: who reads it first never answers.
        await connection.write(new TextEncoder().encode(
          `POST /v1/chat/completions HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${key}\r\n` +
            "content-type: application/json\r\ncontent-length: 100\r\n\r\n",
        ));
        const buffer = new Uint8Array(64);
        const count = await connection.read(buffer) ?? 0;
        const start = new TextDecoder().decode(buffer.subarray(0, count)).slice(0, 12);
        assertEquals(start, host === "localhost" ? "HTTP/1.1 401" : "HTTP/1.1 403");
      }
      await program.stop();
      assertEquals([...(await readAll(folder)).keys()], []);
    }, { args: ["serve", "--port", "0", "--record", folder, "--api-key", "right-key"] });
  });
});
