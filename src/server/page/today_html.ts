import { clockText, escape, type PageFacts } from "./view.ts";

/** Tokens of one model in one hour of today. */
export interface HourOfModel {
  /** 0 to 23, by the clock of this computer */
  readonly hour: number;
  readonly model: string;
  readonly requests: number;
  readonly tokens: number;
}

/** Today's use by hour and model: of the requests that are still held. */
export function usageOfToday(
  { requests, nowMs, monotonicMs }: Pick<PageFacts, "requests" | "nowMs" | "monotonicMs">,
): HourOfModel[] {
  const cells = new Map<string, HourOfModel>();
  const midnightMs = new Date(nowMs).setHours(0, 0, 0, 0);
  for (const { note: { usage, modelUsed }, doneMs } of requests) {
    const atMs = nowMs - (monotonicMs - doneMs);
    if (usage === undefined || modelUsed === undefined || atMs < midnightMs) continue;
    const hour = new Date(atMs).getHours();
    const key = `${hour} ${modelUsed}`;
    const before = cells.get(key) ?? { hour, model: modelUsed, requests: 0, tokens: 0 };
    const tokens = (usage.input_tokens ?? 0) + (usage.output_tokens ?? 0);
    cells.set(key, { ...before, requests: before.requests + 1, tokens: before.tokens + tokens });
  }
  return [...cells.values()];
}

const HEIGHT = 120;
const COLUMN = 30;
/** Colours of models: further ones share the last. */
const TONES = 6;

/** Today's use as a chart, and in words for who does not see it. */
export function todayHtml(facts: Pick<PageFacts, "requests" | "nowMs" | "monotonicMs">): string {
  const cells = usageOfToday(facts);
  if (cells.length === 0) return "<p>No tokens today yet.</p>";
  const models = [...new Set(cells.map(({ model }) => model))].sort();
  const toneOf = (model: string) => `m${Math.min(models.indexOf(model), TONES - 1)}`;
  const hours = Array.from({ length: 24 }, (_, hour) => cells.filter((cell) => cell.hour === hour));
  const sum = (list: readonly HourOfModel[]) => list.reduce((total, { tokens }) => total + tokens, 0);
  const most = Math.max(1, ...hours.map(sum));
  const bars = hours.map((list, hour) => {
    let y = HEIGHT;
    return models.flatMap((model) => list.filter((cell) => cell.model === model)).map((cell) => {
      const height = Math.max(1, (HEIGHT - 4) * cell.tokens / most);
      y -= height;
      const told = `${hour}:00, ${cell.model}: ${count(cell.tokens)} tokens, ${cell.requests} requests`;
      return `<rect class="${toneOf(cell.model)}" x="${hour * COLUMN + 3}" y="${y.toFixed(1)}" width="${
        COLUMN - 6
      }" height="${height.toFixed(1)}"><title>${escape(told)}</title></rect>`;
    }).join("");
  });
  const labels = [0, 6, 12, 18].map((hour) =>
    `<text x="${hour * COLUMN + 3}" y="${HEIGHT + 18}">${hour}:00</text>`
  );
  const legend = models.map((model) => {
    const own = cells.filter((cell) => cell.model === model);
    const requests = own.reduce((total, cell) => total + cell.requests, 0);
    return `<li><i class="${toneOf(model)}"></i>${escape(model)}: ${count(sum(own))} tokens, ${requests} ${
      requests === 1 ? "request" : "requests"
    }</li>`;
  });
  const oldest = facts.requests.at(-1);
  const since = oldest === undefined
    ? ""
    : ` since ${clockText(facts.nowMs - (facts.monotonicMs - oldest.doneMs))}`;
  return `<svg class="chart" viewBox="0 0 ${24 * COLUMN} ${
    HEIGHT + 24
  }" role="img" aria-label="Tokens by hour; the list below has the sums">
<line x1="0" x2="${24 * COLUMN}" y1="${HEIGHT}" y2="${HEIGHT}"/>${bars.join("")}${labels.join("")}</svg>
<ul class="legend">${legend.join("")}</ul>
<p class="quiet">Of the last ${facts.requests.length} requests${since}; the highest column is ${
    count(most)
  } tokens.</p>`;
}

function count(tokens: number): string {
  return tokens.toLocaleString("en");
}
