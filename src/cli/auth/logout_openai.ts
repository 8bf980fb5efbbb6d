import { type CredentialPlace, variableOf } from "../../auth/credential_place.ts";
import { logout, type LogoutResult } from "../../auth/logout.ts";
import { stateDirectory } from "../../config/paths.ts";
import { type ExitCode, Problem } from "../../problem.ts";
import { confirm } from "../ask.ts";
import { changeSettings } from "../change_settings.ts";
import { CONFIG_FLAG, defineCommand } from "../command.ts";
import { interruptible, openContext } from "../context.ts";
import { cleanText } from "../../clean_text.ts";
import { waiting } from "../output.ts";
import { placeOf } from "../place.ts";
import type { World } from "../world.ts";
import { accountText } from "./account_facts.ts";

/** `ccproxy auth logout-openai`. */
export const authLogoutCommand = defineCommand({
  path: ["auth", "logout-openai"],
  summary: "Sign out: revoke the login and remove it",
  description:
    "Asks the issuer to revoke the login and removes its tokens from the credentials file. API keys and whatever " +
    "other programs keep in the file stay.\n\n" +
    "The file is shared with the Codex CLI, so the Codex CLI is signed out too.",
  flags: {
    yes: { kind: "boolean", short: "y", doc: "Do not ask" },
    "keep-file": {
      kind: "boolean",
      doc: "Leave the shared file and the login in it as they are; ccproxy alone no longer uses it",
    },
    config: CONFIG_FLAG,
  },
  args: {},
  examples: [
    { line: "ccproxy auth logout-openai", doc: "Sign out, after a question" },
    { line: "ccproxy auth logout-openai --yes", doc: "Sign out in a script" },
  ],
  exitCodes: { 0: "Signed out, or there was no login", 1: "Not signed out" },
  async run({ flags }, world): Promise<ExitCode> {
    const { access, credentials, settings } = await openContext(world, flags.config);
    const state = await access.peek();
    const mayHold = state.kind === "corrupt" || state.kind === "unreadable" || state.kind === "unusable";
    if (state.maskedToken === undefined && !mayHold) {
      world.err(`There is no ChatGPT login to remove: ${cleanText(state.problem ?? state.location)}\n`);
      return 0;
    }
    const shared = credentials.kind === "file" && settings["auth.file"] === "";
    if (flags["keep-file"]) return await leave(world, flags, credentials, shared);
    if (!flags.yes) {
      if (shared) {
        world.err(`The Codex CLI uses ${cleanText(state.location)} too: it will be signed out as well\n`);
      }
      const agreed = await confirm(world, `Sign out ${cleanText(accountText(state))}?`);
      if (agreed === undefined) {
        throw new Problem("usage", "signing out needs a confirmation, and there is no terminal to ask on", {
          hint: 'Run "ccproxy auth logout-openai --yes"',
        });
      }
      if (!agreed) {
        world.err("Nothing was changed\n");
        return 1;
      }
    }
    const result = await interruptible(world, (signal) =>
      waiting(
        world,
        "Asking the issuer to revoke the login",
        logout({ place: credentials, issuer: settings["auth.issuer"], fetch: world.fetch, signal }),
      ));
    world.err(report(result, state.location, shared));
    return 0;
  },
});

/**
 * Leaves a login that others use: nothing is revoked or removed, and ccproxy keeps its own logins in a file of its
 * own from now on.
 */
async function leave(
  world: World,
  flags: { readonly config?: string },
  credentials: CredentialPlace,
  shared: boolean,
): Promise<ExitCode> {
  if (credentials.kind !== "file" || !shared) {
    const found = credentials.kind !== "file"
      ? "the login comes from the environment"
      : `${credentials.path} is not shared`;
    throw new Problem("usage", `"--keep-file" is for a file that is shared with the Codex CLI: ${found}`, {
      hint: credentials.kind !== "file"
        ? `Unset ${variableOf(credentials)}`
        : 'Run "ccproxy auth logout-openai" without "--keep-file"',
    });
  }
  const path = `${stateDirectory(placeOf(world))}${world.os === "windows" ? "\\" : "/"}auth.json`;
  await changeSettings(world, { ...(flags.config === undefined ? {} : { config: flags.config }) }, [
    { key: "auth.file", value: path },
  ]);
  world.err(
    `ccproxy no longer uses ${
      cleanText(credentials.path)
    }; the file, the login in it and the Codex CLI stay as they are\n` +
      '"ccproxy codex set --unset auth.file" shares it again\n',
  );
  return 0;
}

function report(result: LogoutResult, location: string, shared: boolean): string {
  const place = cleanText(location);
  const lines = [
    result.file === "removed"
      ? `Signed out: ${place} is removed`
      : result.file === "cleaned"
      ? `Signed out: the tokens are removed from ${place}; these entries stay: ${
        cleanText(result.stays.join(", "))
      }`
      : result.file === "emptied"
      ? `Signed out: ${place} is empty now; it is mounted here, so it cannot be removed`
      : `There was no login in ${place}`,
  ];
  if (shared && result.file !== "nothing") {
    lines.push("The Codex CLI is signed out too, since it uses the same file");
  }
  if (result.revocation === "failed") {
    lines.push(
      `Warning: the issuer did not confirm the revocation (${
        cleanText(result.revocationDetail ?? "no answer")
      }); ` +
        "the removed tokens end by themselves",
    );
  }
  return lines.map((line) => `${line}\n`).join("");
}
