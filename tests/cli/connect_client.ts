/**
 * The settings of `ccproxy connect`, tried with the real clients: exactly what the program prints is written, run and
 * asked for an answer. A row for the list in tests/clients/clients.ts.
 */
import type { Step } from "../../src/cli/connect_clients.ts";
import { type CaseResult, type Client, QUIET_ENV, type Stage } from "../clients/client.ts";
import { answers, installNpm, installPython, type Packages } from "../clients/install.ts";
import { npm, pypi } from "../clients/versions.ts";
import { runProgram } from "../program.ts";

interface Trial {
  /** name in `ccproxy connect` */
  readonly client: string;
  /** exact versions of what the printed install line names */
  readonly npm?: Packages;
  readonly python?: readonly string[];
  /** file below the installed packages that a person would have on PATH under the client's name */
  readonly executable?: string;
}

const TRIALS: readonly Trial[] = [
  { client: "curl" },
  { client: "openai-node", npm: npm("openai") },
  { client: "ai-sdk", npm: npm("ai", "@ai-sdk/openai") },
  { client: "langchain", npm: npm("@langchain/openai", "@langchain/core") },
  { client: "openai-python", python: pypi("openai") },
  { client: "langchain-python", python: pypi("langchain-openai") },
  { client: "codex", npm: npm("@openai/codex"), executable: "node_modules/.bin/codex" },
  {
    client: "opencode",
    npm: npm("opencode-ai"),
    executable: "node_modules/opencode-linux-x64/bin/opencode",
  },
];

/** Runs what `ccproxy connect` prints. */
export const connectClient: Client = {
  name: "connect",
  title: "The settings that `ccproxy connect` prints",
  version: "",
  features: "each client with its printed settings, unchanged",
  async *run(stage) {
    for (const trial of TRIALS.filter(({ client }) => new RegExp(stage.cases).test(client))) {
      yield { name: trial.client, ...await attempt(trial, stage) };
    }
  },
};

async function attempt(trial: Trial, stage: Stage): Promise<Omit<CaseResult, "name">> {
  try {
    const python = trial.python === undefined ? undefined : await installPython(trial.client, trial.python);
    if (trial.python !== undefined && python === undefined) {
      return { result: "skipped", detail: "no python3" };
    }
    if (trial.client === "curl" && !await answers("curl", ["--version"])) {
      return { result: "skipped", detail: "no curl" };
    }
    const packages = trial.npm === undefined
      ? undefined
      : await installNpm(`connect-${trial.client}`, trial.npm);
    const home = await Deno.makeTempDir({ prefix: "ccproxy-connect-" });
    try {
      return await runSteps(
        await printedSteps(trial.client, stage),
        { ...trial, home, packages, python },
        stage,
      );
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  } catch (error) {
    return { result: "failed", detail: error instanceof Error ? error.message : String(error) };
  }
}

/** What the program prints for a client, by `--json` so that nothing has to be taken apart. */
async function printedSteps(client: string, stage: Stage): Promise<readonly Step[]> {
  const args = ["connect", client, "--url", stage.program.url, "--model", "gpt-5.5", "--json"];
  const { code, stdout, stderr } = await runProgram(args);
  if (code !== 0) throw new Error(`ccproxy connect ${client} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout).steps;
}

interface Bench {
  readonly client: string;
  readonly home: string;
  readonly packages: string | undefined;
  readonly python: string | undefined;
  readonly executable?: string;
}

async function runSteps(
  steps: readonly Step[],
  bench: Bench,
  stage: Stage,
): Promise<Omit<CaseResult, "name">> {
  const before = stage.backend.asks().length;
  const work = `${bench.home}/work`;
  await Deno.mkdir(`${bench.home}/bin`);
  await Deno.mkdir(work);
  if (bench.packages !== undefined) {
    await Deno.symlink(`${bench.packages}/node_modules`, `${work}/node_modules`);
  }
  if (bench.executable !== undefined) {
    await Deno.symlink(`${bench.packages}/${bench.executable}`, `${bench.home}/bin/${bench.client}`);
  }
  let script = "";
  for (const step of steps) {
    if (step.kind === "shell" && !/^(npm|pip) install/.test(step.text)) script += `${step.text}\n`;
    // A second form of the same file is an alternative, named so behind its path.
    if (step.kind === "file" && !step.path.includes(",")) {
      const path = step.path.replace(/^~/, bench.home);
      await Deno.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(path, step.text);
    }
    if (step.kind === "code") {
      const [file, interpreter] = step.language === "python"
        ? ["main.py", bench.python]
        : ["main.mjs", "node"];
      await Deno.writeTextFile(`${work}/${file}`, step.text);
      script += `${interpreter} ${file}\n`;
    }
  }
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-ec", script],
    cwd: work,
    env: {
      ...QUIET_ENV,
      HOME: bench.home,
      XDG_CONFIG_HOME: `${bench.home}/.config`,
      CODEX_HOME: `${bench.home}/.codex`,
      PATH: `${bench.home}/bin:${Deno.env.get("PATH") ?? ""}`,
    },
    stdin: "null",
    signal: AbortSignal.timeout(120_000),
  }).output();
  const text = new TextDecoder();
  const asked = stage.backend.asks().length - before;
  if (code === 0 && text.decode(stdout).trim() !== "" && asked > 0) return { result: "passed" };
  return {
    result: "failed",
    detail: `exit code ${code}, ${asked} requests reached the backend\n${text.decode(stdout).slice(-1500)}\n${
      text.decode(stderr).slice(-1500)
    }`,
  };
}
