/** What the documents show, as it stands there, against the demo: the README's quick start and the guide's examples. */
import { assertEquals, assertMatch } from "@std/assert";
import { quickStartArgs, quickStartBlocks } from "../../demo/quick_start.ts";
import { type Program, startProgram } from "../../program.ts";
import type { Client } from "../client.ts";
import { answers, installNpm, installPython } from "../install.ts";
import { NPM, npm, pypi } from "../versions.ts";
import { type OwnCase, runCases, runProcess } from "../process.ts";

const SDK = npm("openai");
/** The same as the guide's, so that they are installed once. */
const PYTHON = pypi("requests", "openai", "websockets");

/** The client. */
export const DOCUMENTS: Client = {
  name: "documents",
  title: "The examples of the README and the guide against `serve --demo`: curl, Python, JavaScript",
  version: `openai ${NPM.openai}, ${PYTHON.join(", ").replaceAll("==", " ")}`,
  features: "the quick start, every curl line, the client class, sessions, both SDKs",
  async *run(stage) {
    await using demo = await startProgram({ args: await quickStartArgs(), credentials: null });
    yield* runCases("documents", [...readmeCases(demo), ...await guideCases(demo)], stage);
  },
};

function readmeCases(demo: Program): OwnCase[] {
  return [
    {
      name: "README, the OpenAI SDK for Python",
      async run(home) {
        const [code = ""] = await quickStartBlocks("python");
        return await runPython(home, at(code, demo), (text) => assertEquals(text, "hello\n"));
      },
    },
    {
      name: "README, the OpenAI SDK for JavaScript",
      async run(home) {
        const [code = ""] = await quickStartBlocks("js");
        await Deno.symlink(`${await installNpm("openai", SDK)}/node_modules`, `${home}/node_modules`);
        await Deno.writeTextFile(`${home}/example.mjs`, at(code, demo));
        const { code: exit, stdout, stderr } = await runProcess("node", ["example.mjs"], { home });
        assertEquals([exit, stdout], [0, "hello"], stderr);
      },
    },
  ];
}

async function guideCases(demo: Program): Promise<OwnCase[]> {
  const lines = (await guideFile("curl.sh")).split("\n\n").slice(1)
    .map((block) => /^# (.+)\n(curl [^]*)$/.exec(block) ?? []);
  const curl = lines.map(([, name = "", command = ""]): OwnCase => ({
    name: `guide, curl, ${name}`,
    async run(home) {
      if (!await answers("curl", ["--version"])) return "there is no curl";
      const { code, stdout, stderr } = await runProcess("sh", ["-c", at(command, demo)], { home });
      assertEquals(code, 0, stderr);
      assertMatch(stdout, /"model":"gpt-[\w.]+(?:-\w+)?-demo"/);
      assertMatch(wordsOf(stdout), /You said: (?:Hello|Write a short story)/);
      return undefined;
    },
  }));
  const python = (file: string, pattern: RegExp): OwnCase => ({
    name: `guide, ${file}`,
    run: async (home) =>
      await runPython(home, at(await guideFile(file), demo), (text) => assertMatch(text, pattern)),
  });
  return [
    ...curl,
    python(
      "client_class.py",
      /You said: What is Python\?[^]*You said: Explain quantum computing step by step/,
    ),
    python("sessions.py", /Your name is Alice\./),
    python("openai_sdk.py", /You said: How do I check if a Python object/),
  ];
}

/** The contents of an answer, or of the chunks of a stream, joined. */
function wordsOf(text: string): string {
  return [...text.matchAll(/"content":"((?:[^"\\]|\\.)*)"/g)].map(([, content]) => content).join("");
}

async function runPython(
  home: string,
  code: string,
  check: (text: string) => void,
): Promise<string | undefined> {
  const interpreter = await installPython("guide", PYTHON);
  if (interpreter === undefined) return "there is no python3";
  await Deno.writeTextFile(`${home}/example.py`, code);
  const ended = await runProcess(interpreter, ["example.py"], { home });
  assertEquals(ended.code, 0, ended.stderr);
  check(ended.stdout);
  return undefined;
}

/** The example at the address of this demo. */
function at(text: string, demo: Program): string {
  return text.replaceAll(/(localhost|127\.0\.0\.1):8000/g, `$1:${demo.port}`);
}

async function guideFile(name: string): Promise<string> {
  return await Deno.readTextFile(new URL(`../guide/${name}`, import.meta.url));
}
