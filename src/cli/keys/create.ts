import { quoteJson } from "../../quote.ts";
import { type ExitCode, Problem } from "../../problem.ts";
import { RESERVED_NAMES } from "../../server/caller.ts";
import { parseBudget } from "../../server/keys/budget.ts";
import { keyState, makeOwner, makeSecret, type NamedKey, putKey } from "../../server/keys/named_key.ts";
import { CONFIG_FLAG, defineCommand, JSON_FLAG } from "../command.ts";
import { openContext } from "../context.ts";
import { writeJson } from "../output.ts";
import { changeKeys } from "./open_keys.ts";
import { keyJson } from "./list.ts";

/** `ccproxy keys create`. */
export const keysCreateCommand = defineCommand({
  path: ["keys", "create"],
  summary: "Create a key for someone else, with its own memory and limits",
  description:
    "The key is shown once and stored as a hash. Whoever uses it sees only the sessions, responses and conversations " +
    "made with it, and neither the page nor the metrics. A running proxy takes it within seconds.\n\n" +
    "Without server.api_key everybody who reaches the proxy is let in without any key, and no limit of a key holds. A " +
    "proxy that other machines reach needs server.api_key all the same: it is the owner's.",
  flags: {
    "budget-tokens": {
      kind: "text",
      value: "N/PERIOD",
      doc:
        "Tokens, input and output, for each hour, day, week or month (UTC): 500k/hour, 2M/day; then it gets 429",
    },
    models: {
      kind: "list",
      value: "MODEL",
      doc: "Only these models; may be repeated, or separated by commas",
    },
    concurrency: { kind: "integer", value: "N", min: 1, max: 100_000, doc: "Requests to models at once" },
    expires: { kind: "text", value: "TIME", doc: "When it ends: 12h, 30d or 8w from now" },
    json: JSON_FLAG,
    config: CONFIG_FLAG,
  },
  args: { name: { doc: "Who it is for; log, metrics and usage show it", required: true } },
  examples: [
    { line: "ccproxy keys create alice", doc: "A key without limits" },
    {
      line: "ccproxy keys create ci --budget-tokens 2M/day --models gpt-5.5 --expires 30d",
      doc: "One with limits",
    },
  ],
  exitCodes: { 0: "Created", 1: "Not created" },
  async run({ flags, args }, world): Promise<ExitCode> {
    const name = checkName(args.name ?? "");
    const nowMs = world.now();
    const limits = {
      models: (flags.models ?? []).flatMap((text) => text.split(",")).map((text) => text.trim())
        .filter((text) => text !== ""),
      concurrentRequests: flags.concurrency,
      budget: flags["budget-tokens"] === undefined ? undefined : parseBudget(flags["budget-tokens"]),
    };
    const expiresMs = flags.expires === undefined ? undefined : nowMs + parseLength(flags.expires);
    const context = await openContext(world, flags.config);
    const { text, ...secret } = makeSecret();
    const key: NamedKey = {
      ...secret,
      name,
      owner: makeOwner(),
      earlierIds: [],
      createdMs: nowMs,
      expiresMs,
      deletedMs: undefined,
      limits,
    };
    await changeKeys(world, context, async (store, keys) => {
      if (keys.some((other) => other.name === name && keyState(other, nowMs) !== "deleted")) {
        throw new Problem("usage", `there is a key ${quoteJson(name)} already`, {
          hint: `Run "ccproxy keys rotate ${name}" for a new text, or "ccproxy keys delete ${name}" first`,
        });
      }
      await store.write([putKey(key)]);
    });
    if (flags.json) writeJson(world, { ...keyJson(key, nowMs), key: text });
    else world.out(`${text}\n`);
    world.err(`This is the key of ${name}. It is not shown again\n`);
    if (context.settings["server.api_key"] === "") {
      world.err(
        "Warning: server.api_key is empty, so everybody is let in without a key, and without its limits\n",
      );
    }
    return 0;
  },
});

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** @throws Problem usage */
function checkName(name: string): string {
  if (NAME.test(name) && !RESERVED_NAMES.includes(name.toLowerCase())) return name;
  throw new Problem("usage", `${quoteJson(name)} cannot be the name of a key`, {
    hint: `Use 1 to 64 letters, digits, ".", "_" and "-", and none of ${RESERVED_NAMES.join(", ")}`,
  });
}

const UNITS_MS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };
/** Ten years, so that no date is beyond what stores take. */
const LONGEST_MS = 3653 * 86_400_000;

/** A length of time such as `12h`, `30d`, `8w`, in milliseconds. @throws Problem usage */
export function parseLength(text: string): number {
  const found = /^(\d{1,6})([hdw])$/i.exec(text.trim());
  const lengthMs = Number(found?.[1]) * (UNITS_MS[found?.[2]?.toLowerCase() ?? ""] ?? NaN);
  if (lengthMs > 0 && lengthMs <= LONGEST_MS) return lengthMs;
  throw new Problem("usage", `the time ${quoteJson(text)} cannot be read`, {
    hint: "Write a number and h, d or w, such as 12h, 30d or 8w; ten years at most",
  });
}
