import { type ExitCode, Problem } from "../../problem.ts";
import { deleteSession } from "../../conversations/sessions.ts";
import { confirm } from "../ask.ts";
import { CONFIG_FLAG, defineCommand } from "../command.ts";
import { type Context, openContext } from "../context.ts";
import { cleanText } from "../../clean_text.ts";
import type { World } from "../world.ts";
import { createServerDelete, findSession, withStore } from "./open_sessions.ts";

/** `ccproxy sessions delete`. */
export const sessionsDeleteCommand = defineCommand({
  path: ["sessions", "delete"],
  summary: "Delete a stored conversation, or all of them",
  description:
    "What is deleted is overwritten in the file. A running proxy deletes its own sessions itself, after the turn that " +
    "may be running.",
  flags: {
    all: { kind: "boolean", doc: "Delete every session" },
    yes: { kind: "boolean", short: "y", doc: "Do not ask" },
    config: CONFIG_FLAG,
  },
  args: { id: { doc: "Id of the session, as the list shows it", required: false, completes: "session" } },
  examples: [
    { line: "ccproxy sessions delete my-session", doc: "Delete one" },
    { line: "ccproxy sessions delete --all --yes", doc: "Delete all, in a script" },
  ],
  exitCodes: { 0: "Deleted", 1: "Not deleted" },
  async run({ flags, args }, world): Promise<ExitCode> {
    const { all = false } = flags;
    if (all === (args.id !== undefined)) {
      throw new Problem(
        "usage",
        `${all ? 'both an id and "--all" are' : 'neither an id nor "--all" is'} given: one of them is needed`,
      );
    }
    const context = await openContext(world, flags.config);
    if (args.id !== undefined) {
      await deleteOne(world, context, args.id);
      world.err(`Deleted session ${cleanText(args.id)}\n`);
      return 0;
    }
    if (!flags.yes) {
      const agreed = await confirm(world, "Delete every session?");
      if (agreed === undefined) {
        throw new Problem(
          "usage",
          "deleting all sessions needs a confirmation, and there is no terminal to ask on",
          {
            hint: 'Run "ccproxy sessions delete --all --yes"',
          },
        );
      }
      if (!agreed) {
        world.err("Nothing was changed\n");
        return 1;
      }
    }
    const count = await deleteAll(world, context);
    world.err(`Deleted ${count} ${count === 1 ? "session" : "sessions"}\n`);
    return 0;
  },
});

async function deleteOne(world: World, context: Context, id: string): Promise<void> {
  if (await createServerDelete(world, context)(id)) return;
  await withStore(world, context, async (store) => {
    const head = await findSession(store, id);
    await store.write(deleteSession(head.key.owner, id, head));
  });
}

async function deleteAll(world: World, context: Context): Promise<number> {
  const deleteInServer = createServerDelete(world, context);
  return await withStore(world, context, async (store) => {
    const heads = await store.list("session", { limit: Number.MAX_SAFE_INTEGER });
    for (const head of heads) {
      const gone = await deleteInServer(head.key.id);
      if (!gone) await store.write(deleteSession(head.key.owner, head.key.id, head));
    }
    return heads.length;
  });
}
