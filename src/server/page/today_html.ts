import { clockText, countText, escape, numberText, type PageFacts } from "./view.ts";

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

/** Height of the chart, and width of an hour in it: its own units, which the page stretches. */
const HEIGHT = 100;
const COLUMN = 10;
/** Colours of models: further ones share the last. */
const TONES = 6;

/** Today's use as a chart, and in words for who does not see it. */
export function todayHtml(facts: Pick<PageFacts, "requests" | "nowMs" | "monotonicMs">): string {
  const cells = usageOfToday(facts);
  if (cells.length === 0) return "<p>No tokens today yet.</p>";
  const tokensOf = (model: string) => sumOf(cells.filter((cell) => cell.model === model));
  const models = [...new Set(cells.map(({ model }) => model))].sort((a, b) => tokensOf(b) - tokensOf(a));
  const toneOf = (model: string) => `m${Math.min(models.indexOf(model), TONES - 1)}`;
  const hours = Array.from({ length: 24 }, (_, hour) => cells.filter((cell) => cell.hour === hour));
  const most = Math.max(1, ...hours.map(sumOf));
  const bars = hours.map((list, hour) => {
    let y = HEIGHT;
    return models.flatMap((model) => list.filter((cell) => cell.model === model)).map((cell) => {
      const height = Math.max(1, HEIGHT * cell.tokens / most);
      y -= height;
      const told = `${hour}:00, ${cell.model}: ${tokensText(cell.tokens)}, ${
        countText(cell.requests, "request")
      }`;
      return `<rect class="${toneOf(cell.model)}" x="${hour * COLUMN + 1}" y="${y.toFixed(1)}" width="${
        COLUMN - 2
      }" height="${height.toFixed(1)}"><title>${escape(told)}</title></rect>`;
    }).join("");
  });
  const told = hours.flatMap((list, hour) =>
    list.length === 0 ? [] : [`${hour}:00 ${numberText(sumOf(list))}`]
  );
  const legend = models.map((model) => {
    const own = cells.filter((cell) => cell.model === model);
    const requests = own.reduce((total, cell) => total + cell.requests, 0);
    return `<li><i class="${toneOf(model)}"></i>${escape(model)}: ${tokensText(tokensOf(model))}, ${
      countText(requests, "request")
    }</li>`;
  });
  return `<div class="chart"><span class="most">${tokensText(most)}</span>
<svg viewBox="0 0 ${
    24 * COLUMN
  } ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="Tokens by hour: ${told.join(", ")}">${
    bars.join("")
  }</svg>
<div class="hours" aria-hidden="true">${
    [0, 6, 12, 18].map((hour) => `<span>${hour}:00</span>`).join("")
  }</div></div>
<ul class="legend">${legend.join("")}</ul>
<p class="quiet">${sinceText(facts)}</p>`;
}

/** Which requests the chart is made of: those that are held, and no others. */
function sinceText({ requests, nowMs, monotonicMs }: Pick<PageFacts, "requests" | "nowMs" | "monotonicMs">) {
  const oldest = requests.at(-1);
  const since = oldest === undefined
    ? ""
    : ` since ${clockText(nowMs - (monotonicMs - oldest.doneMs), nowMs)}`;
  return `Of the last ${countText(requests.length, "request")}${since}.`;
}

function sumOf(list: readonly HourOfModel[]): number {
  return list.reduce((total, { tokens }) => total + tokens, 0);
}

function tokensText(tokens: number): string {
  return countText(tokens, "token");
}
