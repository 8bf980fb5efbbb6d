import type { InputItem } from "../wire/responses.ts";
import { type Step, toSteps } from "./canonical.ts";
import type { StoredItem } from "./stored_items.ts";

/** How what a client sent and what is remembered belong together. */
export type Placed =
  /** the conversation goes on: only the items from here on are new */
  | { readonly kind: "continued"; readonly newFrom: number }
  /** the client keeps the conversation itself, and in other words than ours: what it sent is the whole */
  | { readonly kind: "replaced" };

/**
 * Tells a client that resends its history from one that sends only what is new (clients.md#history-resent).
 *
 * - What was sent begins with everything that is remembered: only the rest is new.
 * - It echoes an answer of ours behind the words that led to it, or the last words remembered are followed by a
 *   model's answer: the client keeps the conversation itself and has edited, cut or branched it. Its word counts.
 * - Anything else is new. What it repeats of the opening (system text, examples) is not remembered twice.
 */
export function placeTurn(remembered: readonly StoredItem[], sent: readonly InputItem[]): Placed {
  const steps = toSteps(sent);
  // Without an answer in it, what was sent can only repeat the opening: a long conversation need not be gone through.
  const isOpening = remembered.length > sent.length && !steps.some((step) => step.isModel);
  const compared = isOpening ? remembered.slice(0, sent.length + 1) : remembered;
  const known = toSteps(compared.map(({ item }) => item));
  let common = 0;
  while (common < known.length && common < steps.length && known[common]?.key === steps[common]?.key) {
    common++;
  }
  if (common === known.length && !isOpening) {
    return { kind: "continued", newFrom: steps[common]?.start ?? sent.length };
  }
  if (!isOpening && isOwnHistory(remembered, known, steps)) return { kind: "replaced" };
  // Only system text and examples are taken for repeated: a user may say the same thing twice.
  while (common > 0 && !steps[common - 1]?.isDeveloper && !steps[common - 1]?.isModel) common--;
  return { kind: "continued", newFrom: steps[common]?.start ?? sent.length };
}

function isOwnHistory(
  remembered: readonly StoredItem[],
  known: readonly Step[],
  steps: readonly Step[],
): boolean {
  const pairs = new Set<string>();
  for (const [index, step] of known.entries()) {
    const before = known[index - 1];
    const isAnswer = step.isModel && remembered[step.start]?.origin !== undefined;
    if (isAnswer && before !== undefined) pairs.add(pairKey(before, step));
  }
  const lastSaid = known.findLast((step) => !step.isModel && !step.isDeveloper)?.key;
  return steps.some((step, index) => {
    const before = steps[index - 1];
    return step.isModel && before !== undefined &&
      (before.key === lastSaid || pairs.has(pairKey(before, step)));
  });
}

function pairKey(before: Step, answer: Step): string {
  return `${before.key.length}\n${before.key}\n${answer.key}`;
}
