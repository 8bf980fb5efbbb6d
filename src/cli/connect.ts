import { type ExitCode, Problem } from "../problem.ts";
import { findModel } from "../models/catalogue.ts";
import { CONFIG_FLAG, defineCommand, JSON_FLAG } from "./command.ts";
import {
  baseUrlOf,
  type Client,
  CLIENTS,
  type ClientSettings,
  type Step,
  type Target,
} from "./connect_clients.ts";
import { undoClient, writeClient } from "./connect/change_file.ts";
import { isWritable, noFileProblem, WRITABLE } from "./connect/client_file.ts";
import { shellOf } from "./connect/client_place.ts";
import { type Context, openContext } from "./context.ts";
import { createPaint, facts, fittedTable, type Paint, writeJson } from "./output.ts";
import { TERMINAL_SHELLS } from "../quote.ts";
import { proposedModel } from "./proposed_model.ts";
import { findServer, localUrl, unprovenText } from "./running_server.ts";
import type { World } from "./world.ts";

/** `ccproxy connect [CLIENT]`. */
export const connectCommand = defineCommand({
  path: ["connect"],
  summary: "Show the settings for a client program, or write them into its file",
  description:
    "Prints settings that can be copied as they are: with the address and the API key of this installation, and a " +
    "model that it has. Without a name it lists the clients.\n\n" +
    `With --write they go into the client's own file (${
      WRITABLE.join(", ")
    }): everything else in it stays, comments too. ` +
    "What changes is shown first, and the file as it was is kept. Running it again changes nothing, or applies what " +
    "has changed here. --undo makes the file byte for byte what it was; if it has changed in the meantime, only " +
    "what ccproxy wrote goes.",
  flags: {
    write: { kind: "boolean", doc: "Write the settings into the client's own file" },
    undo: { kind: "boolean", doc: "Take them out of the file again" },
    yes: { kind: "boolean", short: "y", doc: "Change the file without a question" },
    url: { kind: "text", value: "URL", doc: "Address of the proxy, when clients reach it under another one" },
    model: { kind: "text", value: "MODEL", completes: "model", doc: "Model to propose" },
    shell: {
      kind: "choice",
      choices: TERMINAL_SHELLS,
      doc: "Shell to write commands for: sh, also for bash and zsh, or powershell on Windows, unless told",
    },
    json: JSON_FLAG,
    config: CONFIG_FLAG,
  },
  args: {
    client: { doc: "The client", required: false, choices: CLIENTS.map(({ name }) => name) },
  },
  examples: [
    { line: "ccproxy connect", doc: "List the clients" },
    { line: "ccproxy connect openai-python", doc: "A program that runs as it is" },
    { line: "ccproxy connect codex --model gpt-5.5", doc: "With a model of your choice" },
    { line: "ccproxy connect claude-code --write", doc: "Write them into the client's file" },
    { line: "ccproxy connect claude-code --undo", doc: "Take them out again" },
  ],
  exitCodes: {
    0: "Shown, written, undone, or nothing to change",
    1: "The file cannot be changed, or was not to be",
  },
  async run({ flags, args }, world): Promise<ExitCode> {
    if (args.client === undefined) {
      listClients(world, flags.json ?? false);
      return 0;
    }
    const client = findClient(args.client);
    const changes = flags.write === true || flags.undo === true;
    if (flags.yes === true && !changes) throw new Problem("usage", '"--yes" needs "--write" or "--undo"');
    if (flags.write === true && flags.undo === true) {
      throw new Problem("usage", '"--write" and "--undo" are opposites: give one of them');
    }
    const writable = isWritable(client.name) ? client.name : undefined;
    if (changes && writable === undefined) throw noFileProblem(client.name, client.title);
    if (flags.undo === true && writable !== undefined) return await undoClient(world, writable, flags);
    const context = await openContext(world, flags.config);
    if (flags.write === true && flags.url === undefined && context.settings["server.port"] === 0) {
      throw new Problem(
        "config",
        '"server.port" must be a number to be written for a client: found 0, a free one',
        {
          param: "server.port",
          hint: 'Set the port in the settings, or name the address: "--url http://127.0.0.1:8000"',
        },
      );
    }
    const url = flags.url === undefined ? localUrl(context.settings) : checkUrl(flags.url);
    const model = flags.model ?? proposedModel(await context.cachedCatalogue(), context.settings);
    const { contextWindow } = findModel(await context.cachedCatalogue(), model) ?? {};
    const target: Target = {
      url,
      key: context.settings["server.api_key"],
      model,
      contextWindow,
      shell: flags.shell ??
        (flags.write === true ? shellOf(context.place) : world.os === "windows" ? "powershell" : "sh"),
    };
    if (flags.write === true && writable !== undefined) {
      const code = await writeClient(world, writable, target, flags);
      if (flags.url === undefined && code === 0 && !flags.json) await tellServer(world, context);
      return code;
    }
    const settings = client.settings(target);
    if (flags.json) {
      writeJson(world, {
        client: client.name,
        title: client.title,
        base_url: baseUrlOf(target),
        url,
        key: target.key,
        model,
        shell: target.shell,
        context_window: contextWindow ?? null,
        ...settings,
      });
      return 0;
    }
    world.out(settingsText(settings, world));
    for (const note of settings.notes) world.err(`Note: ${note}\n`);
    if (flags.url === undefined) await tellServer(world, context);
    return 0;
  },
});

/** Says so where the address leads to no proxy of this user now. */
async function tellServer(world: World, { settings }: Context): Promise<void> {
  const found = await findServer(world, settings);
  if (found.kind === "unproven") world.err(`Warning: ${unprovenText(found)}\n`);
  else if (found.kind !== "ours") {
    world.err('The proxy does not run at that address now: "ccproxy serve" starts it\n');
  }
}

function listClients(world: World, asJson: boolean): void {
  if (asJson) writeJson(world, CLIENTS.map(({ name, title }) => ({ name, title })));
  else {
    world.out(
      fittedTable(world, ["CLIENT", "SETTINGS FOR"], CLIENTS.map(({ name, title }) => [name, title])),
    );
    world.err('\n"ccproxy connect CLIENT" shows the settings\n');
  }
}

function findClient(name: string): Client {
  const client = CLIENTS.find((candidate) => candidate.name === name);
  if (client === undefined) throw new Problem("usage", `unknown client "${name}"`);
  return client;
}

/** @throws Problem usage for what is no web address */
function checkUrl(text: string): string {
  const url = URL.parse(text);
  if (url !== null && ["http:", "https:"].includes(url.protocol)) {
    return text.replace(/\/+$/, "").replace(/\/codex(\/v1)?$/, "");
  }
  throw new Problem("usage", `"--url" must be an http or https address: found ${JSON.stringify(text)}`, {
    param: "--url",
  });
}

function settingsText(settings: ClientSettings, world: World): string {
  const paint = createPaint(world);
  return settings.steps.map((step) => stepText(step, paint, world.columns)).join("\n");
}

/** A step under the place it is for. The text itself is never wrapped, cut or coloured: it is there to be copied. */
function stepText(step: Step, paint: Paint, columns: number): string {
  switch (step.kind) {
    case "file":
      return `${paint("dim", `# ${step.path}`)}\n${step.text}\n`;
    case "code":
    case "shell":
      return `${step.text}\n`;
    case "form":
      return facts(step.fields, columns, "");
  }
}
