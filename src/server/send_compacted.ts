import { isCompactionItem } from "../answer/collect.ts";
import { readUsage } from "../answer/usage.ts";
import { lastWords, toCompaction } from "../ask/compaction.ts";
import { countInput } from "../ask/count_input.ts";
import type { Compacted } from "../dialects/dialect.ts";
import { Problem } from "../problem.ts";
import type { ResponsesUsage } from "../wire/responses.ts";
import type { Call } from "./call.ts";
import type { BegunTurn, ExchangeParts } from "./exchange.ts";
import { countUse } from "./usage/count_use.ts";
import { readWhole, type Reply } from "./reply.ts";

/**
 * Sends a turn; where its answer is to go on behind a compaction (clients.md#anthropic-compaction), the compaction
 * first: the backend makes it as an answer of its own, so there are two requests, and the second begins with it.
 *
 * @param sendOnce sends what has begun, once
 * @throws Problem when one of the two failed
 */
export async function sendCompacted(
  parts: Pick<ExchangeParts, "spend">,
  call: Call,
  begun: BegunTurn,
  sendOnce: (call: Call, begun: BegunTurn, compacted?: Compacted) => Promise<Reply>,
): Promise<Reply> {
  const { draft, edited } = begun;
  if (draft.compactsFirst === undefined) return await sendOnce(call, begun);
  const whole = [...edited.input, ...draft.compactsFirst];
  const compacting = await sendOnce(call, {
    ...begun,
    draft: toCompaction(draft),
    edited: { ...edited, input: whole },
  });
  const counted = (usage?: ResponsesUsage) =>
    countUse(parts, call, usage, () => countInput({ input: whole }));
  const response = await readWhole(compacting, compacting.signal).catch((error) => {
    counted();
    throw error;
  });
  const usage = readUsage(response);
  counted(usage);
  const item = response.output.find(isCompactionItem);
  if (item === undefined) throw new Problem("backend_error", "it answered without a compaction item");
  const input = [item, ...lastWords(edited.input)];
  return await sendOnce(call, { ...begun, edited: { ...edited, input, earlier: 1 } }, { item, usage });
}
