import { percentText } from "../../percent_text.ts";
import { budgetText, periodAt } from "../keys/budget.ts";
import type { KeyUse } from "../keys/key_ring.ts";
import { keyState } from "../keys/named_key.ts";
import { barHtml, escape, minutesText, type PageView } from "./view.ts";

/** The named keys: what each may do, and what it has used of it. Nothing of it lets anybody in. */
export function keysHtml({ keys, nowMs }: PageView): string {
  if (keys === undefined) return "<p>They cannot be read at the moment.</p>";
  if (keys.length === 0) {
    return "<p>None. <code>ccproxy keys create NAME</code> makes one for another person or program, with sessions, limits and a budget of its own.</p>";
  }
  const rows = keys.map((use) => `<li>${keyHtml(use, nowMs)}</li>`);
  return `<ul class="keys">${rows.join("\n")}</ul>
<p class="quiet">In a terminal: <code>ccproxy keys create</code>, <code>rotate</code> and <code>delete</code>.</p>`;
}

function keyHtml({ key, spent = 0 }: KeyUse, nowMs: number): string {
  const { name, limits: { budget, models, concurrentRequests }, expiresMs } = key;
  const isExpired = keyState(key, nowMs) === "expired";
  const facts = [
    models.length === 0 ? "every model" : models.join(", "),
    concurrentRequests === undefined ? undefined : `${concurrentRequests} at once`,
    isExpired || expiresMs === undefined ? undefined : `expires in ${minutesText(expiresMs - nowMs)}`,
    budget === undefined ? "no budget" : undefined,
  ].filter((text) => text !== undefined);
  const head = `<div><strong>${escape(name)}</strong>${
    isExpired ? ' <span class="bad">expired</span>' : ""
  } <span class="quiet">${escape(facts.join(" · "))}</span></div>`;
  if (budget === undefined) return head;
  const percent = 100 * spent / budget.tokens;
  const left = periodAt(budget.period, nowMs).endMs - nowMs;
  return `${head}<div class="limit"><span>${escape(budgetText(budget))}</span>
${barHtml(percent)}
<span>${percentText(percent)} used</span><span>resets in ${minutesText(left)}</span></div>`;
}
