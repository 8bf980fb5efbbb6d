import { errorText } from "../error_text.ts";
import { ignore } from "../ignore.ts";
import { BUILT_IN, findModel } from "../models/catalogue.ts";
import type { Settings } from "../config/settings.ts";
import { Problem } from "../problem.ts";
import { writeFile } from "../write_file.ts";
import { CONFIG_FLAG, defineCommand, type ForeignCode } from "./command.ts";
import type { Target } from "./connect_clients.ts";
import { openContext } from "./context.ts";
import { createDemo } from "./demo.ts";
import { keptBy, NOTHING, whileServing } from "./keeps.ts";
import { launchDirectory } from "./launch/launch_directory.ts";
import { FILE_PATH, type LaunchPlan, launchPlan } from "./launch/launch_plan.ts";
import { LAUNCHABLE, LAUNCHABLE_NAMES } from "./launch/launchable.ts";
import { ownAddress, type OwnProxy, startOwnProxy } from "./launch/own_proxy.ts";
import { placeOf } from "./place.ts";
import { proposedModel } from "./proposed_model.ts";
import { findServer } from "./running_server.ts";
import type { World } from "./world.ts";

/** Words of the demo come as fast as they can be read. */
const DEMO_PACE_MS = 20;

/** `ccproxy launch CLIENT [-- ARGS]`. */
export const launchCommand = defineCommand({
  path: ["launch"],
  summary: "Start a client with its settings, and the proxy with it when none runs",
  description:
    "The settings are in the client's environment, or in a file that is removed when it ends: none of its own files " +
    "is changed. When no proxy of these settings runs, one starts with the client, on a free port, and ends with " +
    "it. The terminal, signals and the exit code are the client's.",
  flags: {
    demo: { kind: "boolean", doc: "With the stand-in of serve --demo, without any account" },
    model: { kind: "text", value: "MODEL", completes: "model", doc: "Model to use" },
    config: CONFIG_FLAG,
  },
  args: { client: { doc: "The client", required: true, choices: LAUNCHABLE_NAMES } },
  passesOn: "Everything after -- goes to the client unchanged",
  examples: [
    { line: "ccproxy launch codex", doc: "Start the Codex CLI" },
    { line: "ccproxy launch claude-code --demo", doc: "Try a client without an account" },
    { line: 'ccproxy launch codex -- exec "What does this do?"', doc: "With arguments of its own" },
  ],
  exitCodes: {
    0: "What the client ends with, whatever it is",
    1: "It could not be started",
    3: "A login is needed",
  },
  async run({ flags, args, passedOn }, world): Promise<ForeignCode> {
    const name = args.client;
    if (name === undefined) throw new Problem("internal");
    const context = await openContext(world, flags.config);
    const { settings } = context;
    const found = flags.demo ? undefined : await findServer(world, settings);
    const running = found?.kind === "ours" ? found.url : undefined;
    if (running === undefined && !flags.demo && !(await context.access.inspect()).usable) {
      throw new Problem("no_credentials", undefined, {
        hint:
          `Run "ccproxy auth login-openai" (or "codex login") first, or try "ccproxy launch ${name} --demo"`,
      });
    }
    const own = running !== undefined
      ? undefined
      : await startOwnProxy(world, context.loaded, flags.demo ? createDemo(world, DEMO_PACE_MS) : undefined);
    try {
      const known = flags.demo ? BUILT_IN : await context.cachedCatalogue();
      const model = flags.model ?? proposedModel(known, settings);
      const target: Target = {
        url: running ?? own?.url ?? "",
        key: settings["server.api_key"],
        model,
        contextWindow: findModel(known, model)?.contextWindow,
        shell: "sh",
      };
      const plan = launchPlan(name, target, flags.model !== undefined || flags.demo === true);
      const code = await runPlan(world, plan, passedOn ?? [], async () => {
        giveBack(world, own, settings, flags);
        await own?.open();
      });
      if (code !== undefined) return { foreign: code };
      throw new Problem(
        "not_installed",
        `"${plan.program}" is not on the PATH, or this program may not run it`,
        {
          hint: `Install it: ${LAUNCHABLE[name].install}`,
        },
      );
    } finally {
      for (const line of await own?.close() ?? []) world.logLine(line);
    }
  },
});

/**
 * Runs the client to its end; what was made for it is removed.
 *
 * @param started called once it runs
 * @returns its exit code; undefined where it cannot be started
 */
async function runPlan(
  world: World,
  { program, args, env, file }: LaunchPlan,
  passedOn: readonly string[],
  started: () => Promise<void>,
): Promise<number | undefined> {
  const directory = launchDirectory(placeOf(world));
  const path = `${directory}/${file?.name}`;
  const filled = (text: string) => file === undefined ? text : text.replaceAll(FILE_PATH, path);
  try {
    if (file !== undefined) await writeAlone(directory, path, file.text);
    const variables = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, filled(value)]));
    const child = world.startProgram(program, [...args.map(filled), ...passedOn], variables);
    if (child === undefined) return undefined;
    await started();
    return await child.ended;
  } finally {
    if (file !== undefined) await Deno.remove(directory, { recursive: true }).catch(ignore);
  }
}

/** A file in a directory that only this user may enter; one that is there already is somebody else's. @throws Problem file */
async function writeAlone(directory: string, path: string, text: string): Promise<void> {
  try {
    await Deno.mkdir(directory, { mode: 0o700 });
  } catch (thrown) {
    throw new Problem(
      "file",
      `"${directory}" cannot be made for the client's settings: ${errorText(thrown)}`,
      {
        cause: thrown,
      },
    );
  }
  await writeFile(path, text);
}

/** Once the client runs, no program may be started any more: only then is the first request answered. */
function giveBack(
  world: World,
  own: OwnProxy | undefined,
  settings: Settings,
  flags: Readonly<Record<string, unknown>>,
): void {
  const place = placeOf(world);
  if (own === undefined) {
    const directory = launchDirectory(place);
    world.keepOnly?.({ ...NOTHING, read: [directory], write: [directory] });
    return;
  }
  const kept = keptBy({ command: ["launch"], place, settings, flags, program: Deno.execPath() });
  world.keepOnly?.(whileServing(kept, ownAddress(settings), own.address));
}
