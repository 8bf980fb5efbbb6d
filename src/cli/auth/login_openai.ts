import { ignore } from "../../ignore.ts";
import { directoryOf } from "../../directory_of.ts";
import { canOpenUrl } from "../../auth/open_url.ts";
import { loginWithBrowser } from "../../auth/browser_login.ts";
import type { CredentialPlace } from "../../auth/credential_place.ts";
import { loginWithDevice } from "../../auth/device_login.ts";
import type { LoginEvent, LoginOptions, LoginResult } from "../../auth/finish_login.ts";
import { minutesText } from "../../duration_text.ts";
import { type ExitCode, Problem } from "../../problem.ts";
import { confirm } from "../ask.ts";
import { CONFIG_FLAG, defineCommand } from "../command.ts";
import { type Context, INTERRUPTED, interruptible, openContext } from "../context.ts";
import { cleanText } from "../../clean_text.ts";
import { facts, momentText } from "../output.ts";
import { wrapText } from "../text_width.ts";
import type { World } from "../world.ts";
import { accountText, planText } from "./account_facts.ts";

/** `ccproxy auth login-openai`: browser, pasted address, or device code. */
export const authLoginCommand = defineCommand({
  path: ["auth", "login-openai"],
  summary: "Sign in with a ChatGPT account",
  description:
    "Opens the sign-in page in your browser and waits for it to come back. The login is saved where the Codex CLI " +
    "keeps its own ($CODEX_HOME/auth.json or ~/.codex/auth.json), so both share it.\n\n" +
    "On a machine without a browser (SSH, containers) use --device, or --no-browser and paste the address to which " +
    "the browser was sent in the end.",
  flags: {
    device: { kind: "boolean", doc: "Sign in with a code that you type on another device" },
    "no-browser": {
      kind: "boolean",
      doc: "Open nothing: print the URL, and take the final address pasted back",
    },
    force: { kind: "boolean", short: "f", doc: "Sign in again even if there is a working login" },
    config: CONFIG_FLAG,
  },
  args: {},
  examples: [
    { line: "ccproxy auth login-openai", doc: "With the browser of this machine" },
    { line: "ccproxy auth login-openai --device", doc: "With a code, on a machine without a browser" },
    {
      line: "ccproxy auth login-openai --no-browser",
      doc: "With a browser elsewhere, pasting the address back",
    },
    { line: "ccproxy auth login-openai --force", doc: "Change the account" },
  ],
  exitCodes: {
    0: "Signed in",
    1: "The sign-in failed or was given up",
    4: "The issuer could not be reached",
  },
  async run({ flags }, world): Promise<ExitCode> {
    if (flags.device && flags["no-browser"]) {
      throw new Problem("usage", '"--device" and "--no-browser" exclude each other', { param: "--device" });
    }
    const context = await openContext(world, flags.config);
    if (!flags.force && !await mayReplace(world, context)) return 1;
    const undo = await rememberDirectory(context.credentials);
    try {
      const result = await interruptible(world, (signal) => signIn(world, context, flags, signal));
      showResult(world, result);
      return 0;
    } catch (thrown) {
      await undo();
      if (thrown !== INTERRUPTED) throw thrown;
      world.err("\nGiven up: nothing was changed\n");
      return 1;
    }
  },
});

/** Takes back the directory that a login makes before it begins, when there was none and nothing came into it. */
async function rememberDirectory(place: CredentialPlace): Promise<() => Promise<void>> {
  if (place.kind !== "file") return () => Promise.resolve();
  const path = directoryOf(place.path);
  const existed = await Deno.stat(path).then(() => true, () => false);
  return async () => {
    if (!existed) await Deno.remove(path).catch(ignore); // one that is not empty stays
  };
}

/** A working login is replaced only when somebody says so. */
async function mayReplace(world: World, context: Context): Promise<boolean> {
  const state = await context.access.peek();
  if (!state.usable) return true;
  // It cannot be saved over the environment anyway, which the login itself says best.
  if (state.source !== "file") return true;
  world.err(`Already signed in: ${cleanText(accountText(state))} (${cleanText(state.location)})\n`);
  const agreed = await confirm(world, "Sign in again?");
  if (agreed === undefined) {
    throw new Problem("login_failed", "there is a working login already", {
      hint: 'Run "ccproxy auth login-openai --force" to replace it',
    });
  }
  if (!agreed) world.err("Nothing was changed\n");
  return agreed;
}

function signIn(
  world: World,
  context: Context,
  flags: { readonly device?: boolean; readonly "no-browser"?: boolean },
  signal: AbortSignal,
): Promise<LoginResult> {
  const { settings } = context;
  const options: LoginOptions = {
    place: context.credentials,
    issuer: settings["auth.issuer"],
    identity: context.identity,
    accountRouting: context.routing,
    allowedWorkspaceIds: settings["auth.allowed_workspace_id"],
    onEvent: createEventWriter(world, flags["no-browser"] === true),
    signal,
    fetch: world.fetch,
    now: world.now,
  };
  if (flags.device) return loginWithDevice(options);
  const timeoutMs = settings["auth.login_timeout_seconds"] * 1000;
  const mayOpen = flags["no-browser"] !== true && canOpenUrl(world.os, world.env);
  return loginWithBrowser({
    ...options,
    openUrl: mayOpen ? world.openUrl : undefined,
    // Whoever must open the address can paste the answer, on a terminal and on a pipe.
    readPaste: () => world.readLine(),
    pasteIfOpened: world.isTty.stdin,
    redirectHost: settings["auth.redirect_host"],
    timeoutMs,
  });
}

const PASTE_PROMPT = "Paste here: ";

/** Writes what a login tells, with a prompt on a terminal as long as a pasted address is waited for. */
function createEventWriter(world: World, noBrowser: boolean): (event: LoginEvent) => void {
  let prompted = false;
  return (event) => {
    const pasting = event.kind === "url" ? event.pasting : event.kind === "bad_paste";
    // What was typed has ended the line of the prompt; what comes from elsewhere has not.
    const start = prompted && event.kind !== "bad_paste" ? "\n" : "";
    prompted = pasting && world.isTty.stdin && world.isTty.stderr;
    world.err(`${start}${eventText(event, world, noBrowser)}${prompted ? PASTE_PROMPT : ""}`);
  };
}

/** What a login tells while it goes on. The URL stands alone on its line, so that it can be copied. */
function eventText(event: LoginEvent, world: World, noBrowser: boolean): string {
  switch (event.kind) {
    case "url":
      return urlText(event, world, noBrowser);
    case "no_listener":
      return `The browser cannot come back to this program (${
        cleanText(event.why)
      }): paste the address instead\n`;
    case "bad_paste":
      return `That does not help: ${cleanText(event.why)}\n`;
    case "device_code":
      return [
        "",
        `  1. Open    ${cleanText(event.verifyUrl)}`,
        `  2. Enter   ${cleanText(event.userCode)}`,
        "",
        "Enter only a code that you have asked for yourself: a code that somebody sends you signs them in as you.",
        `The code is good for ${minutesText(event.expiresAtMs - world.now())}. Waiting ... (Ctrl-C gives up)`,
        "",
      ].join("\n");
    case "exchanging":
      return "Finishing the sign-in ...\n";
    case "set_aside":
      return `The credentials file could not be understood and was kept as ${cleanText(event.path)}\n`;
    case "warning":
      return `Warning: ${cleanText(event.message)}\n`;
  }
}

function urlText(event: Extract<LoginEvent, { kind: "url" }>, world: World, noBrowser: boolean): string {
  const lines = event.opened
    ? ["Your browser has the sign-in page. If it does not, open this address:"]
    : ["Open this address in a browser and sign in:"];
  lines.push("", cleanText(event.url), "");
  if (event.pasting && (noBrowser || !event.opened)) {
    lines.push(
      "In the end the browser is sent to an address that begins with http://127.0.0.1 or http://localhost. " +
        "If no page comes up there, copy that whole address and paste it here.",
    );
  }
  if (!noBrowser && (world.env("SSH_CONNECTION") ?? "") !== "") {
    lines.push('Over SSH, "ccproxy auth login-openai --device" is easier: it needs no address to be pasted.');
  }
  if (event.port !== undefined) lines.push("Waiting for the browser ... (Ctrl-C gives up)");
  // The URL has no blanks, so it stays whole.
  return lines.flatMap((line) => wrapText(line, Math.min(world.columns, 100))).map((line) => `${line}\n`)
    .join("");
}

function showResult(world: World, result: LoginResult): void {
  world.err("Signed in\n");
  world.err(facts([
    ["Account", accountText(result)],
    ["Plan", planText(result.plan)],
    [
      "Expires",
      result.expiresAtMs === undefined
        ? undefined
        : momentText(result.expiresAtMs, world.now(), world.utcOffset),
    ],
    ["Credentials", result.path],
  ], world.columns));
  world.err('Next: "ccproxy serve" runs the proxy, "ccproxy connect" shows the settings for your client\n');
}
