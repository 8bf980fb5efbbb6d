import { type ExitCode, Problem } from "../problem.ts";
import type { Installation } from "../update/installation.ts";
import { createReleasePage, type ReleasePage } from "../update/release_page.ts";
import { applyUpdate, checkReplaceable, checkVersion, type VersionState } from "../update/update.ts";
import { COMMIT, REPOSITORY, VERSION } from "../version.ts";
import { defineCommand, JSON_FLAG } from "./command.ts";
import { interruptible } from "./context.ts";
import { waiting, writeJson } from "./output.ts";
import type { World } from "./world.ts";

/** A server that says nothing for so long is gone. */
const IDLE_TIMEOUT_MS = 30_000;

/** `ccproxy update`. */
export const updateCommand = defineCommand({
  path: ["update"],
  summary: "Look for a newer release, or install it",
  description:
    "Nothing is ever looked for or changed in the background: only this command does. --apply downloads the archive " +
    "for this system, verifies its SHA-256 against the release's SHA256SUMS, and replaces the program in one step. A " +
    "program that a package manager installed, or that runs from source, is left alone, and you are told what to do.",
  flags: {
    check: { kind: "boolean", doc: "Say whether there is a newer release; change nothing" },
    apply: { kind: "boolean", doc: "Replace this program with the newest release" },
    json: JSON_FLAG,
  },
  args: {},
  examples: [
    { line: "ccproxy update --check", doc: "Is there a newer release?" },
    { line: "ccproxy update --apply", doc: "Change to it" },
    { line: "ccproxy update --check --json", doc: "For programs" },
  ],
  exitCodes: {
    0: "Up to date, or a newer release was named or installed",
    1: "It could not be installed; the program is as it was",
    4: "The release page could not be reached",
  },
  run: ({ flags }, world) => runUpdate(flags, world, realProgram),
});

/** The running program as `update` sees it. */
export interface RunningProgram extends Installation {
  readonly version: string;
  /** build target of Deno: `x86_64-unknown-linux-gnu` */
  readonly target: string;
}

/** {@linkcode updateCommand} for any program, so that a test can have one replaced. @throws Problem */
export async function runUpdate(
  flags: { readonly check?: boolean; readonly apply?: boolean; readonly json?: boolean },
  world: World,
  programOf: () => Promise<RunningProgram>,
): Promise<ExitCode> {
  if (flags.check === flags.apply) {
    throw new Problem("usage", 'exactly one of "--check" and "--apply" is needed', {
      hint: '"ccproxy update --check" changes nothing; "ccproxy update --apply" installs the newest release',
    });
  }
  const program = await programOf();
  if (flags.apply === true) checkReplaceable(program);
  return await interruptible<ExitCode>(world, async (signal) => {
    const page = openPage(world, program.repository, signal);
    const state = await waiting(world, "Asking for the newest release", checkVersion(program.version, page));
    const isNewer = state.order === "older";
    if (flags.apply === true && isNewer) {
      const work = applyUpdate(program, program.target, state.newest, page);
      await waiting(world, `Downloading ${state.newest}`, work);
    }
    const applied = flags.apply === true && isNewer;
    if (flags.json === true) {
      writeJson(world, {
        current: state.current,
        newest: state.newest,
        update_available: isNewer && !applied,
        updated: applied,
        path: program.path,
        url: page.url,
      });
      return 0;
    }
    world.out(`${applied ? `Updated ${program.path} to ${state.newest}` : stateText(state)}\n`);
    if (applied) world.err("A proxy that is running keeps the old version until it is started again\n");
    else if (isNewer) world.err('"ccproxy update --apply" installs it\n');
    return 0;
  });
}

function stateText({ current, newest, order }: VersionState): string {
  switch (order) {
    case "same":
      return `ccproxy ${current} is the newest release`;
    case "older":
      return `ccproxy ${newest} is available; this is ${current}`;
    case "newer":
      return `ccproxy ${current} is newer than the newest release, ${newest}`;
  }
}

/** @throws Problem update_failed for a copy that does not know where it comes from */
function openPage(world: World, repository: string, signal: AbortSignal): ReleasePage {
  const named = world.env("CCPROXY_UPDATE_BASE") ?? "";
  if (named === "" && repository === "") {
    throw new Problem("update_failed", "this copy of ccproxy does not know its release page", {
      hint: 'Run "git pull" in its folder, or set CCPROXY_UPDATE_BASE',
    });
  }
  const base = named === "" ? `https://github.com/${repository}/releases` : named;
  return createReleasePage({ base, fetch: world.fetch, signal, idleTimeoutMs: IDLE_TIMEOUT_MS });
}

async function realProgram(): Promise<RunningProgram> {
  const path = Deno.execPath();
  return {
    version: VERSION,
    target: Deno.build.target,
    // A link is followed as far as the permissions let us look: what is replaced is the file behind it.
    path: await Deno.realPath(path).catch(() => path),
    os: Deno.build.os,
    repository: REPOSITORY,
    commit: COMMIT,
  };
}
