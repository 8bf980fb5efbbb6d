import { usageFile } from "../../config/paths.ts";
import { dayAfter, dayStart } from "../../local_days.ts";
import { percentText } from "../../percent_text.ts";
import type { ExitCode } from "../../problem.ts";
import { budgetText, periodAt } from "../../server/keys/budget.ts";
import { keyState, type NamedKey } from "../../server/keys/named_key.ts";
import { createSpending } from "../../server/keys/spending.ts";
import { openUsageBook } from "../../store/usage/usage_book.ts";
import { addSums, NO_USE, type UsageSums } from "../../store/usage/usage_record.ts";
import type { JsonObject } from "../../wire/json.ts";
import { CONFIG_FLAG, defineCommand, JSON_FLAG } from "../command.ts";
import { type Context, openContext } from "../context.ts";
import { durationText } from "../../duration_text.ts";
import { fittedTable, writeJson } from "../output.ts";
import { countText } from "../usage/usage_columns.ts";
import { withKeys } from "./open_keys.ts";

/** `ccproxy keys list`. */
export const keysListCommand = defineCommand({
  path: ["keys", "list"],
  summary: "List the named keys, what they may do and what they have used of it",
  flags: {
    json: JSON_FLAG,
    quiet: { kind: "boolean", short: "q", doc: "Print the names alone, one a line" },
    config: CONFIG_FLAG,
  },
  args: {},
  examples: [
    { line: "ccproxy keys list", doc: "As a table" },
    { line: "ccproxy keys list --json", doc: "For programs" },
    { line: "ccproxy keys list --quiet", doc: "The names, for a script" },
  ],
  exitCodes: { 0: "Shown", 1: "The store cannot be used" },
  async run({ flags }, world): Promise<ExitCode> {
    const context = await openContext(world, flags.config);
    const nowMs = world.now();
    const { keys, spent } = await withKeys(world, context, async (store, all) => {
      const spending = createSpending(store, () => world.now(), () => {}, "");
      await spending.refresh();
      const spent = ({ owner, limits: { budget } }: NamedKey) =>
        budget === undefined ? undefined : spending.spent(owner, budget);
      const kept = all.filter((key) => keyState(key, nowMs) !== "deleted");
      return { keys: kept.sort((a, b) => a.name < b.name ? -1 : 1), spent };
    });
    const used = usedOf(
      context,
      dayAfter(dayStart(nowMs, world.utcOffset), 1 - DAYS, world.utcOffset),
      nowMs,
    );
    if (flags.json) {
      const numbers = (key: NamedKey) => {
        const { requests, input, output } = used(key.name);
        return {
          budget_used: spent(key) ?? null,
          last_days: { days: DAYS, requests, input_tokens: input, output_tokens: output },
        };
      };
      writeJson(world, keys.map((key) => ({ ...keyJson(key, nowMs), ...numbers(key) })));
      return 0;
    }
    if (flags.quiet) {
      world.out(keys.map(({ name }) => `${name}\n`).join(""));
      return 0;
    }
    if (keys.length === 0) {
      world.err('No named key. "ccproxy keys create NAME" makes one\n');
      return 0;
    }
    const percent = (key: NamedKey) => {
      const { budget } = key.limits;
      return budget === undefined
        ? "no budget"
        : `${percentText((spent(key) ?? 0) / budget.tokens * 100)} of ${budgetText(budget)}`;
    };
    const ends = (key: NamedKey) => {
      if (key.expiresMs === undefined) return "never";
      return key.expiresMs <= nowMs ? "expired" : `in ${durationText(key.expiresMs - nowMs)}`;
    };
    world.out(fittedTable(
      world,
      ["NAME", "KEY", `TOKENS IN ${DAYS} DAYS`, "BUDGET USED", "MODELS", "AT ONCE", "EXPIRES"],
      keys.map((key) => [
        key.name,
        `sk-ccproxy-${key.keyId}-...`,
        countText(used(key.name).input + used(key.name).output),
        percent(key),
        key.limits.models.length === 0 ? "all" : key.limits.models.join(", "),
        String(key.limits.concurrentRequests ?? "any"),
        ends(key),
      ]),
    ));
    return 0;
  },
});

/** Days, with today, for which the list says what was used. */
const DAYS = 30;

/** What the key of a name has used, from the same file as `ccproxy usage --by key`. */
function usedOf({ settings, place }: Context, fromMs: number, nowMs: number): (name: string) => UsageSums {
  const path = usageFile(place, settings);
  if (path === undefined) return () => NO_USE;
  const book = openUsageBook(path);
  try {
    const sums = Map.groupBy(book.sums(fromMs, nowMs + 1), ({ label }) => label.key);
    return (name) => (sums.get(name) ?? []).reduce<UsageSums>(addSums, NO_USE);
  } finally {
    book.close();
  }
}

/** A key for `--json`, without anything that would let somebody in. */
export function keyJson(key: NamedKey, nowMs: number): JsonObject {
  const { name, keyId, createdMs, expiresMs, limits: { models, concurrentRequests, budget } } = key;
  const time = (atMs: number) => new Date(atMs).toISOString();
  return {
    name,
    key_id: keyId,
    state: keyState(key, nowMs),
    created_at: time(createdMs),
    expires_at: expiresMs === undefined ? null : time(expiresMs),
    models: models.length === 0 ? null : models,
    concurrent_requests: concurrentRequests ?? null,
    budget_tokens: budget?.tokens ?? null,
    budget_period: budget?.period ?? null,
    budget_resets_at: budget === undefined ? null : time(periodAt(budget.period, nowMs).endMs),
  };
}
