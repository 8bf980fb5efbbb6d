import type { ExitCode } from "../../problem.ts";
import { putKey } from "../../server/keys/named_key.ts";
import { CONFIG_FLAG, defineCommand } from "../command.ts";
import { openContext } from "../context.ts";
import { changeKeys, keyNamed } from "./open_keys.ts";

/** `ccproxy keys delete`. */
export const keysDeleteCommand = defineCommand({
  path: ["keys", "delete"],
  summary: "Delete a named key",
  description:
    "A running proxy refuses it within seconds; answers that are running end as usual. What was remembered for it " +
    'expires by itself, or goes with "ccproxy sessions delete".',
  flags: { config: CONFIG_FLAG },
  args: { name: { doc: "Name of the key", required: true, completes: "key" } },
  examples: [
    { line: "ccproxy keys delete alice", doc: "Let nobody in with it any more" },
    { line: "ccproxy keys delete ci --config other.toml", doc: "In the store of other settings" },
  ],
  exitCodes: { 0: "Deleted", 1: "Not deleted" },
  async run({ flags, args: { name = "" } }, world): Promise<ExitCode> {
    const context = await openContext(world, flags.config);
    await changeKeys(world, context, async (store, keys) => {
      const key = keyNamed(keys, name, world.now());
      await store.write([putKey({ ...key, deletedMs: world.now() })]);
    });
    world.err(`Deleted the key ${name}; a running proxy refuses it within seconds\n`);
    return 0;
  },
});
