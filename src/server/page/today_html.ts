import { countText, escape, type HourOfModel, numberText, type PageFacts } from "./view.ts";

/** Height of the chart, and width of an hour in it: its own units, which the page stretches. */
const HEIGHT = 100;
const COLUMN = 10;
/** Colours of models: further ones share the last. */
const TONES = 6;

/** Today's use as a chart, and in words for who does not see it. */
export function todayHtml({ today: cells }: Pick<PageFacts, "today">): string {
  if (cells === undefined) return "<p>It cannot be read at the moment.</p>";
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
<p class="quiet"><code>ccproxy usage --since 7d</code> shows other days, by model, key or client.</p>`;
}

function sumOf(list: readonly HourOfModel[]): number {
  return list.reduce((total, { tokens }) => total + tokens, 0);
}

function tokensText(tokens: number): string {
  return countText(tokens, "token");
}
