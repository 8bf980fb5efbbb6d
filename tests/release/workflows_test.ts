import { assertEquals } from "@std/assert";
import { isRecord, recordAt } from "../../src/wire/json.ts";
import config from "../../deno.json" with { type: "json" };
import { hasProgram, run } from "./run.ts";

const EXAMPLE = "tools/container/examples/ci-job.yml";
const FILES = [".github/workflows/ci.yml", ".github/workflows/release.yml", EXAMPLE];

/** A job of a workflow: its name and its lines, which are indented by four and more. */
interface Job {
  readonly name: string;
  readonly lines: readonly string[];
}

/** Reads the jobs by indentation, which `deno fmt` keeps as it is expected here. */
function jobsOf(workflow: string): Job[] {
  const jobs: { name: string; lines: string[] }[] = [];
  const lines = workflow.split(/\r?\n/);
  for (const line of lines.slice(lines.indexOf("jobs:") + 1)) {
    const name = /^ {2}([\w-]+):$/.exec(line)?.[1];
    if (name === undefined) jobs.at(-1)?.lines.push(line);
    else jobs.push({ name, lines: [] });
  }
  return jobs;
}

/** The texts behind `run:`, on one line or as a block. */
function commandsOf(workflow: string): string[] {
  const commands: string[] = [];
  const lines = workflow.split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const found = /^( *)(?:- )?run: (.*)$/.exec(line);
    if (found === null) continue;
    const [, indent = "", text = ""] = found;
    if (text !== "|") {
      commands.push(text);
      continue;
    }
    const rest = lines.slice(index + 1);
    const end = rest.findIndex((line) => line.trim() !== "" && line.search(/\S/) <= indent.length);
    commands.push(rest.slice(0, end < 0 ? undefined : end).join("\n"));
  }
  return commands;
}

for (const file of FILES) {
  const workflow = await Deno.readTextFile(file);

  Deno.test(`${file} starts without permissions and gives each job its own and a time limit`, () => {
    assertEquals(workflow.includes("\npermissions: {}\n"), true);
    const jobs = jobsOf(workflow);
    assertEquals(jobs.length > 0, true);
    for (const { name, lines } of jobs) {
      const minutes = lines.filter((line) => /^ {4}timeout-minutes: [1-9]\d?$/.test(line)).length;
      const permissions = lines.filter((line) => line === "    permissions:").length;
      assertEquals([name, minutes, permissions], [name, 1, file === EXAMPLE ? 0 : 1]);
    }
  });

  Deno.test(`${file} pins every action by commit, with its version behind it`, () => {
    for (const line of workflow.split("\n").filter((line) => line.includes("uses:"))) {
      assertEquals([line, / uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line)], [line, true]);
    }
  });

  Deno.test(`${file} keeps the token out of checkouts, and expressions out of commands`, () => {
    const checkouts = workflow.split("uses: actions/checkout@").slice(1);
    for (const rest of checkouts) {
      assertEquals(/^\S+ # \S+\n +with:\n +persist-credentials: false\n/.test(rest), true);
    }
    for (const command of commandsOf(workflow)) {
      assertEquals([command, command.includes("${{")], [command, false]);
    }
  });

  Deno.test(`${file} names only tasks and files that exist, and one version of Deno`, async () => {
    const tasks = recordAt(config, "tasks") ?? {};
    for (const command of commandsOf(workflow)) {
      for (const [, task = ""] of command.matchAll(/\bdeno task ([\w:-]+)/g)) {
        assertEquals([task, isRecord(tasks[task])], [task, true]);
      }
      for (const [path] of command.matchAll(/(?:tools|\.ci)\/[\w./-]+/g)) {
        assertEquals([path, (await Deno.stat(path)).isFile], [path, true]);
      }
    }
    for (const [line] of workflow.matchAll(/^ +deno-version: .*$/gm)) {
      assertEquals(line.trim(), "deno-version: 2.9.6");
    }
  });
}

Deno.test({
  name: "actionlint has nothing to say about the workflows, where it is installed",
  ignore: !await hasProgram("actionlint"),
  fn: async () => assertEquals(await run("actionlint", FILES), { code: 0, stdout: "", stderr: "" }),
});
