/** The guide's own examples: every curl line, its Python class and its use of the OpenAI SDK, as written. */
import { assert, assertEquals } from "@std/assert";
import type { Client, Stage } from "../client.ts";
import { answers, installPython } from "../install.ts";
import { pypi } from "../versions.ts";
import { type OwnCase, runCases, runProcess } from "../process.ts";

/** The exact Python packages. */
const PACKAGES = pypi("requests", "openai", "websockets");

/** The client. */
export const GUIDE: Client = {
  name: "guide",
  title: "The guide's examples: curl, Python requests, OpenAI SDK for Python",
  version: PACKAGES.join(", ").replaceAll("==", " "),
  features: "every curl line, the client class whole and streamed, sessions, responses, WebSocket",
  async *run(stage) {
    yield* runCases("guide", [...await curlCases(stage), ...pythonCases(stage)], stage);
  },
};

const HELLO = "You said: Hello, how are you?";

/** What each curl line must answer, by the comment above it. */
const EXPECTED: Record<string, (text: string) => void> = {
  "chat": (text) => checkChat(text, HELLO),
  "chat, alternative path": (text) => checkChat(text, HELLO),
  "responses with parameters": (text) => checkChat(text, HELLO),
  "stream": checkStream,
  "session in a header": (text) => checkChat(text, "You said: Hello"),
};

async function curlCases({ program }: Stage): Promise<OwnCase[]> {
  const script = await read("curl.sh");
  const lines = script.split("\n\n").slice(1).map((block) => /^# (.+)\n(curl [^]*)$/.exec(block) ?? []);
  assertEquals(lines.map(([, name]) => name), Object.keys(EXPECTED));
  return lines.map(([, name = "", command = ""]) => ({
    name: `curl, ${name}`,
    async run(home) {
      if (!await answers("curl", ["--version"])) return "there is no curl";
      const ended = await runProcess("sh", ["-c", atPort(command, program.port)], { home });
      assertEquals(ended.code, 0, ended.stderr);
      EXPECTED[name]?.(ended.stdout);
      return undefined;
    },
  }));
}

function pythonCases({ program, backend }: Stage): OwnCase[] {
  const python = (name: string, file: string, check: (text: string) => void): OwnCase => ({
    name,
    async run(home) {
      const interpreter = await installPython("guide", PACKAGES);
      if (interpreter === undefined) return "there is no python3";
      await Deno.writeTextFile(`${home}/example.py`, atPort(await read(file), program.port));
      const ended = await runProcess(interpreter, ["example.py"], { home });
      assertEquals(ended.code, 0, ended.stderr);
      check(ended.stdout);
      return undefined;
    },
  });
  return [
    python("the Python class, whole and streamed", "client_class.py", (text) => {
      const whole = "You said: What is Python?";
      assertEquals(text.split("\n"), [whole, whole, "You said: Explain quantum computing step by step"]);
    }),
    python("requests with a session in the path, which remembers", "sessions.py", (text) => {
      checkChat(text, "You said: What's my name?");
      // Over a WebSocket the backend still knows what it heard on it.
      const heard = backend.asks().slice(-3).map(({ bodyText }) =>
        /My name is Alice|"previous_response_id":"resp_/.test(bodyText)
      );
      assertEquals(heard, [false, true, true]);
    }),
    python("the OpenAI SDK for Python with responses", "openai_sdk.py", (text) => {
      assertEquals(text.trim(), "You said: How do I check if a Python object is an instance of a class?");
    }),
    python("responses.connect() of the SDK: WebSocket, an error, a continuation", "socket.py", (text) => {
      assertEquals(text.trim().split("\n"), [
        "You said: the word is fig",
        "previous_response_not_found",
        "I heard: the word is fig | [recall]",
      ]);
    }),
  ];
}

/** The shape that the guide shows under "Response Format". */
function checkChat(text: string, content: string): void {
  const { id, object, created, model, choices, usage } = JSON.parse(text);
  assert(/^chatcmpl-/.test(id) && Number.isInteger(created));
  assertEquals({ object, model, choices }, {
    object: "chat.completion",
    model: "gpt-5",
    choices: [{
      index: 0,
      message: { role: "assistant", content, refusal: null },
      logprobs: null,
      finish_reason: "stop",
    }],
  });
  assertEquals(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
}

/** The stream that the guide shows: only `data: ` lines and blank ones, chunks, then `[DONE]`. */
function checkStream(text: string): void {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith(":"));
  assertEquals(lines.at(-1), "data: [DONE]");
  const chunks = lines.slice(0, -1).map((line) => JSON.parse(line.replace(/^data: /, "")));
  assertEquals(new Set(chunks.map(({ object }) => object)), new Set(["chat.completion.chunk"]));
  const words = chunks.map(({ choices }) => choices[0].delta.content ?? "");
  assertEquals(words.join(""), "You said: Write a short story");
}

function atPort(text: string, port: number): string {
  return text.replaceAll("localhost:8000", `localhost:${port}`);
}

async function read(file: string): Promise<string> {
  return await Deno.readTextFile(new URL(file, import.meta.url));
}
