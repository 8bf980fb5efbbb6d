/** What a client of these tests is, and how one that runs in node is run. */
import type { FakeBackend } from "../fake/backend.ts";
import { TextLineStream } from "@std/streams/text-line-stream";
import type { Program } from "../program.ts";
import { ROUTES } from "../../src/server/routes.ts";
import { installNpm, installPython, type Packages } from "./install.ts";

/** How one case of a client went. */
export interface CaseResult {
  readonly name: string;
  readonly result: "passed" | "failed" | "skipped";
  /** why it failed or was left out */
  readonly detail?: string;
}

/** What a client runs against. */
export interface Stage {
  readonly program: Program;
  /** wants the API key `open-sesame`, has no credentials */
  readonly locked: Program;
  readonly backend: FakeBackend;
  /** picks cases by name; "" takes all */
  readonly cases: string;
}

/** A real client. */
export interface Client {
  readonly name: string;
  /** for the table in the README */
  readonly title: string;
  readonly version: string;
  readonly features: string;
  /** yields each case as it ends; throws when the client cannot be installed or started */
  run(stage: Stage): AsyncIterable<CaseResult>;
}

/** A client whose cases are node scripts in the folder of its name. */
export function nodeClient(options: {
  readonly name: string;
  readonly title: string;
  readonly packages: Packages;
  readonly scripts: readonly string[];
  readonly features: string;
}): Client {
  const { name, title, packages, scripts, features } = options;
  return {
    name,
    title,
    version: Object.values(packages)[0] ?? "",
    features,
    async *run(stage) {
      const folder = await installNpm(name, packages);
      for (const script of scripts) yield* runScript(`${name}/${script}`, folder, stage);
    },
  };
}

/** A client whose cases are Python scripts in the folder of its name; they are skipped where there is no Python. */
export function pythonClient(options: {
  readonly name: string;
  readonly title: string;
  /** `name==version`, the client itself first */
  readonly packages: readonly string[];
  readonly scripts: readonly string[];
  readonly features: string;
}): Client {
  const { name, title, packages, scripts, features } = options;
  return {
    name,
    title,
    version: packages[0]?.split("==")[1] ?? "",
    features,
    async *run(stage) {
      const python = await installPython(name, packages);
      if (python === undefined) {
        yield { name: "runs", result: "skipped", detail: "there is no python3" };
        return;
      }
      for (const script of scripts) yield* runScript(`${name}/${script}`, "", stage, [python]);
    },
  };
}

const NODE = ["node", "--experimental-import-meta-resolve", "--no-warnings"];

async function* runScript(
  script: string,
  folder: string,
  stage: Stage,
  [file = "", ...args]: readonly string[] = NODE,
): AsyncGenerator<CaseResult> {
  const child = new Deno.Command(file, {
    args: [...args, new URL(script, import.meta.url).pathname],
    env: {
      ...QUIET_ENV,
      BASE: stage.program.url,
      LOCKED_BASE: stage.locked.url,
      ROUTES: ROUTES.map(({ method, path }) => `${method} ${path.replace(/^P?\//, "")}`).join("\n"),
      CASES: stage.cases,
      CLIENT_FOLDER: folder,
      // For harness.py; and nothing is written into the checkout.
      PYTHONPATH: new URL(".", import.meta.url).pathname,
      PYTHONDONTWRITEBYTECODE: "1",
    },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const chatter = new Response(child.stderr).text();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  for await (const line of lines) {
    const entry = readResult(line);
    if (entry !== undefined) yield { ...entry, name: `${script.replace(/\.\w+$/, "")}: ${entry.name}` };
  }
  const { code } = await child.status;
  if (code !== 0) {
    yield {
      name: `${script}: ends well`,
      result: "failed",
      detail: `exit code ${code}\n${(await chatter).slice(-2000)}`,
    };
  }
}

/** What every client gets: nothing leaves the machine, and no key of the person who runs the tests is used. */
export const QUIET_ENV: Readonly<Record<string, string>> = {
  NO_PROXY: "127.0.0.1,localhost",
  no_proxy: "127.0.0.1,localhost",
  NO_COLOR: "1",
  OPENAI_API_KEY: "dummy-key",
  OPENAI_AGENTS_DISABLE_TRACING: "1",
  LANGSMITH_TRACING: "false",
  AI_SDK_LOG_WARNINGS: "false",
};

function readResult(line: string): CaseResult | undefined {
  try {
    const entry = JSON.parse(line);
    return typeof entry?.result === "string" ? entry : undefined;
  } catch {
    // A client that prints something of its own.
    return undefined;
  }
}
