import { quoteJson } from "../../quote.ts";
import { type ExitCode, Problem } from "../../problem.ts";
import { keyState, makeSecret, putKey, rotateKey } from "../../server/keys/named_key.ts";
import { CONFIG_FLAG, defineCommand, JSON_FLAG } from "../command.ts";
import { openContext } from "../context.ts";
import { writeJson } from "../output.ts";
import { keyJson } from "./list.ts";
import { changeKeys, keyNamed } from "./open_keys.ts";

/** `ccproxy keys rotate`. */
export const keysRotateCommand = defineCommand({
  path: ["keys", "rotate"],
  summary: "Replace the text of a key; its memory, limits and usage stay",
  description: "The old text is refused from then on, by a running proxy within seconds.",
  flags: { json: JSON_FLAG, config: CONFIG_FLAG },
  args: { name: { doc: "Name of the key", required: true, completes: "key" } },
  examples: [
    { line: "ccproxy keys rotate alice", doc: "Show the new key, once" },
    { line: "ccproxy keys rotate ci --json", doc: "For programs" },
  ],
  exitCodes: { 0: "Replaced", 1: "Not replaced" },
  async run({ flags, args: { name = "" } }, world): Promise<ExitCode> {
    const context = await openContext(world, flags.config);
    const { text, ...secret } = makeSecret();
    const key = await changeKeys(world, context, async (store, keys) => {
      const old = keyNamed(keys, name, world.now());
      if (keyState(old, world.now()) === "expired") {
        throw new Problem("usage", `the key ${quoteJson(name)} has expired`, {
          hint: `Run "ccproxy keys delete ${name}", then "ccproxy keys create ${name}"`,
        });
      }
      const rotated = rotateKey(old, secret);
      await store.write([putKey(rotated)]);
      return rotated;
    });
    if (flags.json) writeJson(world, { ...keyJson(key, world.now()), key: text });
    else world.out(`${text}\n`);
    world.err(
      `This is the new key of ${name}. It is not shown again; the old one is refused within seconds\n`,
    );
    return 0;
  },
});
