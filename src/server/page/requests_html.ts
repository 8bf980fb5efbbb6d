import { fineDurationText } from "../../duration_text.ts";
import { percentText } from "../../percent_text.ts";
import { PROBLEMS } from "../../problem.ts";
import type { Way } from "../../upstream/sending.ts";
import type { RequestNote } from "../note.ts";
import type { RecentRequest } from "../observer.ts";
import { clockText, escape, numberText, type PageView } from "./view.ts";

/** The last requests, each of which opens to its details. */
export function requestsHtml(view: PageView): string {
  if (view.requests.length === 0) return "<p>None yet.</p>";
  return view.requests.map((request) => requestHtml(request, view)).join("\n");
}

/** Never changes once the request is over, so a page that is open keeps what was opened. */
function requestHtml({ note, doneMs }: RecentRequest, view: PageView): string {
  const { usage } = note;
  const when = clockText(view.nowMs - (view.monotonicMs - doneMs), view.nowMs);
  const tokens = usage === undefined
    ? ""
    : `${numberText(usage.input_tokens ?? 0)} in, ${numberText(usage.output_tokens ?? 0)} out`;
  const cells = [
    ["when", when],
    ["what", `${note.method} ${note.route}`],
    ["model", note.modelUsed ?? note.modelAsked ?? ""],
    ["status", note.problem === undefined ? String(note.status) : `${note.status} ${note.problem}`],
    ["took", fineDurationText(doneMs - note.startedMs)],
    ["tokens", tokens],
  ].map(([name, text = ""]) => `<span class="${name}">${breakable(text)}</span>`);
  return `<details class="request${note.status >= 400 ? " failed" : ""}" id="r-${escape(note.id)}">
<summary>${cells.join(" ")}</summary>
<div class="inside">${timingsHtml(phasesOf(note, doneMs))}${factsHtml(note, view.showsPrompts)}</div>
</details>`;
}

/** A part of the time that a request took. */
export interface Phase {
  readonly tone: "ours" | "backend" | "stream" | "after";
  readonly name: string;
  readonly lengthMs: number;
}

/** Where the time of a request went. What never came to the backend is all ours. */
export function phasesOf(note: RequestNote, doneMs: number): Phase[] {
  const totalMs = Math.max(0, doneMs - note.startedMs);
  const { sentMs, firstByteMs, backendDoneMs } = note;
  if (sentMs === undefined) return [{ tone: "ours", name: "ccproxy", lengthMs: totalMs }];
  const firstMs = Math.min(totalMs, firstByteMs ?? totalMs);
  // An opaque stream ends when its client has it: nobody here sees its bytes.
  const lastMs = Math.min(totalMs, Math.max(firstMs, backendDoneMs ?? totalMs));
  const phases: readonly Phase[] = [
    { tone: "ours", name: "ccproxy, before", lengthMs: sentMs },
    { tone: "backend", name: "backend, to its first byte", lengthMs: firstMs - sentMs },
    { tone: "stream", name: "streaming", lengthMs: lastMs - firstMs },
    { tone: "after", name: "ccproxy, until the client had it", lengthMs: totalMs - lastMs },
  ];
  return phases.filter(({ lengthMs, tone }) => lengthMs > 0 || tone === "ours");
}

function timingsHtml(phases: readonly Phase[]): string {
  const totalMs = phases.reduce((sum, { lengthMs }) => sum + lengthMs, 0);
  let x = 0;
  const bars = phases.map(({ tone, lengthMs }) => {
    const width = totalMs === 0 ? 0 : 1000 * lengthMs / totalMs;
    const bar = `<rect class="${tone}" x="${x.toFixed(1)}" width="${width.toFixed(1)}" height="12"/>`;
    x += width;
    return bar;
  });
  const names = phases.map(({ tone, name, lengthMs }) =>
    `<li><i class="${tone}"></i>${name}: ${fineDurationText(lengthMs)}</li>`
  );
  return `<svg class="timings" viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true">${
    bars.join("")
  }</svg><ul class="legend">${names.join("")}</ul>`;
}

function factsHtml(note: RequestNote, showsPrompts: boolean): string {
  const asked = note.modelUsed === undefined || note.modelAsked === note.modelUsed
    ? undefined
    : note.modelAsked;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["Request id", note.id],
    ["Key", note.key],
    ["Model asked for", asked],
    ["Problem", problemText(note.problem)],
    ["Lane", note.lane === "local" ? undefined : note.lane],
    ["Transport", note.way === undefined ? undefined : wayText(note.way)],
    ["Prompt cache", cacheText(note)],
    ["Ignored parameters", textOf(note.ignored, ", ")],
    [note.warnings.length === 1 ? "Warning" : "Warnings", textOf(note.warnings, "\n")],
    ["Unreadable events", note.unreadableEvents === 0 ? undefined : String(note.unreadableEvents)],
    ["Prompt", showsPrompts ? note.prompt : undefined],
  ];
  const rows = facts.flatMap(([name, text]) =>
    text === undefined ? [] : [`<dt>${name}</dt><dd>${escape(text)}</dd>`]
  );
  return `<dl>${rows.join("")}</dl>`;
}

function textOf(list: readonly string[], separator: string): string | undefined {
  return list.length === 0 ? undefined : list.join(separator);
}

/** How a request was sent to the backend. */
function wayText({ transport, fallback, isContinuation }: Way): string {
  if (transport === "websocket") {
    return isContinuation ? "WebSocket; only what was new was sent" : "WebSocket";
  }
  return fallback === undefined ? "POST" : `POST, because a WebSocket failed: ${fallback.reason}`;
}

function cacheText({ usage, cacheMiss }: RequestNote): string | undefined {
  const input = usage?.input_tokens ?? 0;
  if (input === 0) return undefined;
  const cached = usage?.input_tokens_details?.cached_tokens ?? 0;
  const share = cached === 0
    ? `missed: none of ${numberText(input)} input tokens`
    : `${numberText(cached)} of ${numberText(input)} input tokens (${percentText(100 * cached / input)})`;
  return cacheMiss === undefined ? share : `${share}; ${cacheMiss}`;
}

/** What a problem is and what to do, in words that are always the same: nothing of what the client sent. */
function problemText(code: string | undefined): string | undefined {
  const row = Object.entries(PROBLEMS).find(([name]) => name === code)?.[1];
  return row === undefined ? code : `${row.title}. ${row.hint}`;
}

/** Codes may break behind the signs that divide their words. */
function breakable(text: string): string {
  return escape(text).replaceAll(/_(?=\w)/g, "_<wbr>");
}
