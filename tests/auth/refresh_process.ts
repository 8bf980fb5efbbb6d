/**
 * A process that uses a login, for the tests that need several of them, or need to kill one.
 *
 * Arguments: issuer URL, path of the credentials file, `once` or `forever`. It prints `ready`, waits for a line on
 * stdin, then gets a token; `forever` refreshes until it is killed, with a line for each refresh. Prints the SHA-256 of the token, never the token.
 */
import { createAccess } from "../../src/auth/access.ts";

const [issuer = "", path = "", mode = "once"] = Deno.args;
const access = createAccess({
  place: { kind: "file", path },
  issuer,
  identity: { originator: "codex_cli_rs", userAgent: "codex_cli_rs/0.169.0", version: "0.169.0" },
});
const encoder = new TextEncoder();
const say = (line: string): Promise<number> => Deno.stdout.write(encoder.encode(`${line}\n`));

await say("ready");
await Deno.stdin.read(new Uint8Array(1));
let { token } = await access.get();
while (mode === "forever") {
  ({ access: { token } } = await access.refresh("proactive_expiry"));
  await say("refreshed");
}
await say(new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(token))).toHex());
