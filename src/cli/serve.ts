import { errorText } from "../error_text.ts";
import type { CredentialState } from "../auth/credential_state.ts";
import { configPlace } from "../config/paths.ts";
import { urlHost } from "../config/loopback_host.ts";
import { loadSettings } from "../config/load.ts";
import type { Settings } from "../config/settings.ts";
import { createLog } from "../log.ts";
import { Problem, toProblem } from "../problem.ts";
import type { Listening } from "../server/listen.ts";
import { accountLine } from "./account_line.ts";
import { assemble } from "./assemble.ts";
import { assertReachable, assertUsable } from "./check_settings.ts";
import { defineCommand } from "./command.ts";
import { lackOfDescriptors } from "./descriptors.ts";
import { createDemo, type Demo } from "./demo.ts";
import { followSettings } from "./follow_settings.ts";
import { cleanText } from "../clean_text.ts";
import { keepRunning, quietRuntime } from "./keep_running.ts";
import { keptBy, whileServing } from "./keeps.ts";
import { learnKeys } from "./learn_keys.ts";
import { listenOrSayWho } from "./listen_or_say_who.ts";
import { placeOf } from "./place.ts";
import { assertInfoFile, writeServerInfo } from "./server_info.ts";
import { createProver } from "./server_secret.ts";
import type { World } from "./world.ts";

/** Words of the demo come at a pace at which they can be read: 25 a second. */
const DEMO_PACE_MS = 40;

/** `ccproxy serve`: wires the program together, listens, and ends in order. */
export const serveCommand = defineCommand({
  path: ["serve"],
  summary: "Run the proxy",
  description:
    "Listens on 127.0.0.1:8000 and answers OpenAI clients with the models of your ChatGPT subscription. " +
    "Starts without a login too: requests are then answered 401 with the command that signs in.\n\n" +
    "With --demo a stand-in inside the program answers, marked as a demo, so that clients can be tried without an " +
    'account: it repeats what was said, and understands "count to 5", "say hello", the names of the tools it is given, ' +
    "JSON schemas and pictures. It uses no network, reads no login, and writes nothing.\n\n" +
    "The log goes to standard error, one line for each request. The first Ctrl-C (or SIGTERM) lets running answers " +
    "finish, the second ends at once.",
  flags: {
    host: { kind: "text", value: "ADDRESS", doc: "Address to listen on", env: "CCPROXY_SERVER__HOST" },
    port: {
      kind: "integer",
      value: "N",
      min: 0,
      max: 65535,
      doc: "Port, 0 for a free one",
      env: "CCPROXY_SERVER__PORT",
    },
    "api-key": {
      kind: "text",
      value: "KEY",
      doc: "Key that clients must send",
      env: "CCPROXY_SERVER__API_KEY",
    },
    config: {
      kind: "text",
      value: "FILE",
      completes: "file",
      doc: "Configuration file",
      env: "CCPROXY_CONFIG",
    },
    "log-level": {
      kind: "choice",
      choices: ["debug", "info", "warn", "error"],
      doc: "Least level that is logged",
    },
    "log-format": { kind: "choice", choices: ["text", "json"], doc: "Log lines for people or for programs" },
    "server-info": {
      kind: "text",
      value: "FILE",
      completes: "file",
      doc: "Write a line of JSON with port, pid and url once it listens",
    },
    demo: { kind: "boolean", doc: "Answer from a stand-in inside the program, without any account" },
    "demo-pace": {
      kind: "integer",
      value: "MS",
      min: 0,
      max: 10_000,
      doc: `Milliseconds between two words of the demo, ${DEMO_PACE_MS} by default`,
    },
    record: {
      kind: "text",
      value: "DIR",
      completes: "file",
      doc: "Record every exchange into a folder, texts and ids replaced, for a bug report",
    },
  },
  args: {},
  examples: [
    { line: "ccproxy serve", doc: "Listen on http://127.0.0.1:8000" },
    { line: "ccproxy serve --demo", doc: "Try it without an account" },
    { line: "ccproxy serve --port 9000 --log-format json", doc: "Another port, a log for machines" },
    { line: "ccproxy serve --record report", doc: "Record what goes wrong, for a bug report" },
    { line: "ccproxy serve --host 0.0.0.0 --api-key KEY", doc: "Let other machines in, with a key" },
  ],
  exitCodes: { 0: "ended as asked", 1: "could not listen, or no longer" },
  async run({ flags }, world) {
    const place = placeOf(world);
    const { "server-info": infoFile, record, config, demo: isDemo, "demo-pace": pace, ...settingFlags } =
      flags;
    if (pace !== undefined && !isDemo) throw new Problem("usage", '"--demo-pace" needs "--demo"');
    const demo = isDemo ? createDemo(world, pace ?? DEMO_PACE_MS) : undefined;
    const named = configPlace(place, config);
    const source = { ...named, env: place.env, flags: { ...settingFlags, port: flags.port?.toString() } };
    let loaded = await loadSettings(source);
    let inForce = demo?.settings(loaded.settings) ?? loaded.settings;
    const settings = () => inForce;
    learnKeys(world.secrets, settings(), place.env);
    await assertUsable(loaded, place);
    if (demo === undefined) assertReachable(loaded, true);
    const log = createLog({
      level: () => settings()["log.level"],
      format: () => settings()["log.format"],
      write: (line) => world.logLine(line),
      hide: world.secrets.hide,
      nowMs: () => world.now(),
    });
    if (record !== undefined) await openRecording(record);
    if (infoFile !== undefined) await assertInfoFile(infoFile);
    // No command may take the demo for the proxy of the account: it proves nothing, and so keeps no secret.
    const prover = demo === undefined ? createProver(place, log) : undefined;
    const program = await assemble({
      settings,
      place,
      world: demo === undefined ? world : { ...world, fetch: demo.fetch },
      log,
      ...(prover === undefined ? {} : { prove: prover.prove }),
      recordInto: record,
      demo,
      holdsUnsaved: true,
      onStalled: async (connections) => {
        await listening.cutAll();
        log("warn", "cut the connections of clients that take nothing", { connections });
      },
    });
    const login = await program.access.inspect();
    keepRunning(log);
    quietRuntime(log);
    const listening = await listenOrSayWho(world, settings(), program, log);
    // Heard from here on: what begins now must not be killed in the middle.
    const ended = untilAsked(world, listening, () => settings()["server.shutdown_grace_seconds"]);
    // Nothing is waited for up to the giving back, so that no request is answered with more than it needs. It is said
    // first, since the look at the descriptors takes longer than all else of the start.
    world.err(startText(world, login, listening, settings(), { record, demo }));
    const descriptors = lackOfDescriptors(settings()["limits.concurrent_requests"], world.os);
    if (descriptors !== undefined) world.err(`  Warning   ${descriptors}\n`);
    const kept = keptBy({ command: ["serve"], place, settings: settings(), flags, program: Deno.execPath() });
    world.keepOnly?.(whileServing(kept, settings(), `${urlHost(listening.host)}:${listening.port}`));
    const watch = followSettings({
      source,
      loaded,
      place,
      hostInForce: listening.host,
      asksBackend: demo === undefined,
      program,
      log,
      take: (next) => {
        loaded = next;
        inForce = demo?.settings(loaded.settings) ?? loaded.settings;
        learnKeys(world.secrets, settings(), place.env);
      },
    });
    await prover?.listensOn(listening.address);
    await program.start();
    if (infoFile !== undefined) await writeServerInfo(infoFile, listening);
    const how = await ended;
    watch.stop();
    await program.stop();
    await program.access.idle();
    if (how instanceof Problem) throw how;
    if (how === "cut") log("warn", "ended before all answers were finished");
    return 0;
  },
});

/** A folder that cannot be used is said at the start, not after the first answer. @throws Problem file */
async function openRecording(folder: string): Promise<void> {
  try {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new Problem("file", `"--record" cannot use ${JSON.stringify(folder)}: ${errorText(error)}`, {
      cause: error,
    });
  }
}

function startText(
  world: World,
  state: CredentialState,
  { url }: Listening,
  settings: Settings,
  { record, demo }: { readonly record: string | undefined; readonly demo: Demo | undefined },
): string {
  const key = settings["server.api_key"] === "" ? "any text (none is checked)" : "the key of server.api_key";
  const account = cleanText(accountLine(state).text);
  return [
    `${world.version} listens on ${url}`,
    `  Base URL  ${url}/codex/v1`,
    `  API key   ${key}`,
    `  Account   ${account}`,
    ...demo === undefined ? [] : [
      "  Demo      A stand-in inside ccproxy answers: no model is asked, and nothing is kept",
    ],
    ...state.usable ? [] : [
      '  Try it    "ccproxy serve --demo" answers without an account, from a stand-in inside the program',
    ],
    ...state.warnings.map((warning) => `  Warning   ${cleanText(warning)}`),
    ...state.unsavable === undefined ? [] : [`  To fix    ${cleanText(state.unsavable.fix)}`],
    ...record === undefined ? [] : [
      `  Recording every exchange into "${record}": texts, ids and encrypted parts are replaced.`,
      "            Read the files before you give them to anybody",
    ],
    "",
  ].join("\n");
}

/**
 * Waits for the wish to end: the first lets answers finish, the second cuts them. A server that lost its address for
 * good ends too, with its problem.
 */
async function untilAsked(
  world: World,
  listening: Listening,
  graceSeconds: () => number,
): Promise<"finished" | "cut" | Problem> {
  const { promise: asked, resolve } = Promise.withResolvers<undefined>();
  let wishes = 0;
  const release = world.onInterrupt(() => {
    wishes++;
    if (wishes === 1) resolve(undefined);
    else listening.cut();
  });
  const lost = await Promise.race([asked, listening.lost.catch(toProblem)]);
  if (lost !== undefined) {
    release();
    return lost;
  }
  world.err(`Ending: running answers have ${graceSeconds()} s; press Ctrl-C again to end at once\n`);
  const how = await listening.stop(graceSeconds() * 1000);
  release();
  return wishes > 1 ? "cut" : how;
}
