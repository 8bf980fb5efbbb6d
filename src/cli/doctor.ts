import type { ExitCode } from "../problem.ts";
import { CONFIG_FLAG, defineCommand, JSON_FLAG } from "./command.ts";
import { createContext } from "./context.ts";
import { exitCodeOf, type Finding } from "./doctor/finding.ts";
import {
  checkAddress,
  checkDescriptors,
  checkLocks,
  checkLogin,
  checkPermissions,
  checkProvider,
  checkSettings,
  checkStorage,
} from "./doctor/local_checks.ts";
import { checkClients } from "./doctor/client_checks.ts";
import { checkCatalogue, checkClock, checkHost, checkRoundTrip } from "./doctor/network_checks.ts";
import { cleanText } from "../clean_text.ts";
import { type Colour, createPaint, waiting, writeJson } from "./output.ts";
import { placeOf } from "./place.ts";
import { padText, wrapText } from "./text_width.ts";
import type { World } from "./world.ts";

/** `ccproxy doctor`. */
export const doctorCommand = defineCommand({
  path: ["doctor"],
  summary: "Check everything that requests depend on, and say how to fix it",
  description:
    "Looks, in this order, at the settings, the login, whether its file can be saved, the address to listen on, the " +
    "storage, the addresses in the files of clients, what this process is permitted, the way to " +
    "both OpenAI hosts (name, connection, certificate, Cloudflare), the clock, and the models of the account. " +
    "With --live it also sends one word to a model, which counts against your limits like any request.",
  flags: {
    live: { kind: "boolean", doc: "Also send one small request to a model" },
    json: JSON_FLAG,
    config: CONFIG_FLAG,
  },
  args: {},
  examples: [
    { line: "ccproxy doctor", doc: "Check" },
    { line: "ccproxy doctor --live", doc: "Check, and send one word through" },
    { line: "ccproxy doctor --json", doc: "For programs, and for bug reports: it holds no secret" },
  ],
  exitCodes: {
    0: "Nothing failed; there may be warnings",
    1: "Something failed",
    2: "The settings are not valid, or wrong usage",
    3: "Only the login failed",
    4: "Only the network failed",
  },
  async run({ flags }, world): Promise<ExitCode> {
    const findings: Finding[] = [];
    const report = (...reported: readonly Finding[]) => {
      const found = reported.map(withoutItself);
      findings.push(...found);
      if (!flags.json) { for (const finding of found) world.out(findingText(finding, world)); }
    };
    await examine(world, flags, report);
    const code = exitCodeOf(findings);
    if (flags.json) {
      const checks = findings.map(({ check, title, status, detail, fix }) => ({
        check,
        title,
        status,
        detail,
        fix: fix ?? null,
      }));
      writeJson(world, { ok: code === 0, version: world.version, os: world.os, checks });
      return code;
    }
    const count = (status: Finding["status"]) =>
      findings.filter((finding) => finding.status === status).length;
    const [failed, warned] = [count("fail"), count("warn")];
    world.err(
      failed + warned === 0
        ? "\nAll is well\n"
        : `\n${failed} failed, ${warned} ${warned === 1 ? "warning" : "warnings"}\n`,
    );
    return code;
  },
});

/** Problems name this command as the next step: here it would lead in a circle. */
function withoutItself(finding: Finding): Finding {
  if (finding.fix?.includes("ccproxy doctor") !== true) return finding;
  const parts = finding.fix.split("; ").filter((part) => !part.includes("ccproxy doctor"));
  return { ...finding, fix: parts.length === 0 ? "See the other findings" : parts.join("; ") };
}

async function examine(
  world: World,
  flags: { readonly live?: boolean; readonly config?: string },
  report: (...found: readonly Finding[]) => void,
): Promise<void> {
  const place = placeOf(world);
  const { loaded, findings } = await checkSettings(place, flags.config);
  const { settings } = loaded;
  report(...findings, ...checkProvider(loaded));
  const context = createContext(world, place, loaded);
  const state = await context.access.inspect();
  report(...checkLogin(state, world));
  report(...await checkAddress(world, settings), ...checkDescriptors(world, settings));
  report(...await checkStorage(world, place, settings), ...checkLocks());
  report(...await checkClients(world));
  report(...checkPermissions(world.granted?.()));
  const backend = await waiting(
    world,
    "Asking the backend",
    checkHost(world, "backend", `${context.baseUrl}/models`),
  );
  report(backend.finding);
  const issuerUrl = `${settings["auth.issuer"].replace(/\/+$/, "")}/.well-known/openid-configuration`;
  const issuer = await waiting(world, "Asking the issuer", checkHost(world, "issuer", issuerUrl));
  report(issuer.finding, checkClock([issuer.skewMs, backend.skewMs]));
  const why = !state.usable
    ? "needs a login"
    : backend.finding.status === "fail"
    ? "needs the backend"
    : undefined;
  if (why !== undefined) report({ check: "catalogue", title: "Models", status: "skip", detail: why });
  else {
    report(await waiting(world, "Asking for the models", checkCatalogue(context, world.now())));
  }
  if (!flags.live) return;
  if (why !== undefined) report({ check: "live", title: "Round trip", status: "skip", detail: why });
  else report(await waiting(world, "Waiting for a model", checkRoundTrip(world, context)));
}

const LOOK: Readonly<Record<Finding["status"], readonly [word: string, colour: Colour]>> = {
  ok: ["ok", "green"],
  warn: ["warn", "yellow"],
  fail: ["FAIL", "red"],
  skip: ["skip", "dim"],
};

const TITLE_WIDTH = 13;

/** `ok    Login   person@example.com ...`, the fix on lines of its own. */
function findingText({ status, title, detail, fix }: Finding, world: World): string {
  const paint = createPaint(world);
  const [word, colour] = LOOK[status];
  const indent = " ".repeat(6 + TITLE_WIDTH + 1);
  const room = Math.max(16, Math.min(world.columns, 110) - indent.length);
  const head = `${paint(colour, word)}${" ".repeat(6 - word.length)}${padText(title, TITLE_WIDTH)} `;
  const lines = wrapText(cleanText(detail), room);
  const fixLines = fix === undefined ? [] : wrapText(`To fix: ${cleanText(fix)}`, room);
  return [
    ...lines.map((line, at) => (at === 0 ? head : indent) + line),
    ...fixLines.map((line) => indent + line),
  ]
    .map((line) => `${line}\n`).join("");
}
