/**
 * Uses a login as a command or as a server does, in a mount namespace of the test. Arguments: issuer URL, path of the
 * credentials file, `command` or `server`. Prints one line of JSON.
 */
import { createAccess } from "../../src/auth/access.ts";
import { Problem } from "../../src/problem.ts";

const [issuer = "", path = "", mode] = Deno.args;
const access = createAccess({
  place: { kind: "file", path },
  issuer,
  identity: { originator: "codex_cli_rs", userAgent: "test", version: "0.169.0" },
  holdsUnsaved: mode === "server",
  onUnsavable: () => {},
});
const { unsavable } = await access.inspect();
const afterLook = await Deno.readTextFile(path);
const outcome = await access.get().then(() => "token", (thrown) => {
  if (!(thrown instanceof Problem)) throw thrown;
  return thrown.message;
});
const info = await Deno.stat(path);
const found = {
  why: unsavable?.why ?? null,
  fix: unsavable?.fix ?? null,
  afterLook,
  outcome,
  text: await Deno.readTextFile(path),
  uid: info.uid,
  warnings: (await access.peek()).warnings,
};
await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify(found)}\n`));
