/** A line of a terminal, and when it appears. */
export interface TerminalLine {
  readonly text: string;
  /** a command stands behind a prompt, unless it goes on from the line before */
  readonly kind: "command" | "continued" | "output";
  /** from the start of the recording */
  readonly atMs: number;
}

const COLUMN_PX = 8.43;
const ROW_PX = 20;
const MARGIN_PX = 16;
/** Behind this, the picture stays as it is: a moment to see the last line come. */
const APPEAR_MS = 120;

/**
 * A terminal as an SVG whose lines appear one after the other. It stays at its end, and is at its end at once where
 * people asked their system for less motion. Needs no script and no font of its own, so that it works as an image.
 *
 * @param title what a person hears who does not see it
 * @param columns longer lines are wrapped, as a terminal does
 */
export function terminalSvg(lines: readonly TerminalLine[], title: string, columns: number): string {
  const rows = lines.flatMap((line) => wrapped(line, columns));
  const width = Math.ceil(columns * COLUMN_PX) + 2 * MARGIN_PX;
  const height = rows.length * ROW_PX + 2 * MARGIN_PX;
  const texts = rows.map(({ text, kind, atMs }, row) => {
    const y = MARGIN_PX + row * ROW_PX + 15;
    const prompt = kind === "command" ? '<tspan class="p">$ </tspan>' : "";
    // Where `white-space` is not known, runs of blanks survive only as no-break spaces.
    const style = `animation-delay:${(atMs / 1000).toFixed(2)}s`;
    return `<text x="${MARGIN_PX}" y="${y}" class="${
      kind === "output" ? "l" : "l c"
    }" style="${style}">${prompt}${escape(text).replaceAll(" ", "\u00a0")}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escape(title)}</title>
<style>
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#c9d1d9;white-space:pre}
.c{fill:#f0f6fc;font-weight:600}.p{fill:#7ee787}
.l{opacity:0;animation:a ${APPEAR_MS}ms forwards}
@keyframes a{to{opacity:1}}
@media (prefers-reduced-motion:reduce){.l{opacity:1;animation:none}}
</style>
<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
${texts.join("\n")}
</svg>
`;
}

/** The rows of a line; only the first one has the prompt. */
function wrapped(line: TerminalLine, columns: number): TerminalLine[] {
  const first = line.kind === "command" ? columns - 2 : columns;
  const rows: TerminalLine[] = [{ ...line, text: line.text.slice(0, first) }];
  for (let at = first; at < line.text.length; at += columns) {
    const kind = line.kind === "output" ? "output" : "continued";
    rows.push({ text: line.text.slice(at, at + columns), kind, atMs: line.atMs });
  }
  return rows;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
