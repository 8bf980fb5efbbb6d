import { shortDurationText } from "../../duration_text.ts";
import type { MemoryState } from "../../conversations/memory_health.ts";
import type { Limits } from "../../upstream/rate_limits.ts";
import type { JsonObject } from "../../wire/json.ts";
import type { KeyUse } from "../keys/key_ring.ts";
import type { RecentRequest } from "../observer.ts";

/** What the page shows, whoever looks at it. */
export interface PageFacts {
  readonly version: string;
  /** e-mail and plan, or what is wrong and the command that fixes it */
  readonly account: { readonly ok: boolean; readonly text: string };
  readonly limits: Limits | undefined;
  readonly memory: MemoryState;
  /** why requests go by POST although a WebSocket was wanted; undefined when they do not */
  readonly postReason: string | undefined;
  /** the named keys; undefined when they cannot be read */
  readonly keys: readonly KeyUse[] | undefined;
  /** newest first */
  readonly requests: readonly RecentRequest[];
  /** the settings of the clients for an address, with a placeholder where a key is needed */
  readonly clients: (url: string, needsKey: boolean) => readonly ClientTexts[];
  /** `serve --demo`: nothing on the page is about a real account */
  readonly isDemo: boolean;
  readonly nowMs: number;
  /** now, by the clock of the notes and of `doneMs` */
  readonly monotonicMs: number;
}

/** What is copied for one client. */
export interface ClientTexts {
  readonly name: string;
  readonly title: string;
  readonly steps: readonly {
    /** the file it goes into; "" where it goes into none */
    readonly place: string;
    readonly text: string;
  }[];
  readonly notes: readonly string[];
}

/** {@linkcode PageFacts} with what the request and its settings add. */
export interface PageView extends PageFacts {
  /** base of this server, e.g. `http://127.0.0.1:8000` */
  readonly url: string;
  readonly needsKey: boolean;
  /** `server.page_prompts` */
  readonly showsPrompts: boolean;
  /** as `GET /codex/sessions` lists them; those of who looks */
  readonly sessions: readonly JsonObject[];
  /** names of the models to try, the default first */
  readonly models: readonly string[];
}

/** Text as HTML, also inside an attribute. */
export function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}

/** When something was, by the clock on the wall of this computer: `14:05:09`, or `Nov 27, 14:05` on another day. */
export function clockText(ms: number, nowMs: number): string {
  const time = new Date(ms);
  const isToday = new Date(nowMs).toDateString() === time.toDateString();
  const clock = [time.getHours(), time.getMinutes(), ...isToday ? [time.getSeconds()] : []]
    .map((part) => String(part).padStart(2, "0")).join(":");
  return isToday ? clock : `${MONTHS[time.getMonth()]} ${time.getDate()}, ${clock}`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

/** Made once: `toLocaleString()` makes one for each number, and the page has a thousand. */
const NUMBERS = new Intl.NumberFormat("en");

/** A number of tokens or the like, with separators: `14,923`. */
export function numberText(count: number): string {
  return NUMBERS.format(count);
}

/** `1 turn`, `2 turns` */
export function countText(count: number, what: string): string {
  return `${numberText(count)} ${what}${count === 1 ? "" : "s"}`;
}

/** How long something takes, in whole minutes, so that the page changes once a minute at most. */
export function minutesText(ms: number): string {
  return shortDurationText(Math.max(1, Math.round(ms / 60_000)) * 60_000);
}

/** How much of something is used, as a bar. What it shows stands next to it in words. */
export function barHtml(percent: number): string {
  const used = Math.max(0, Math.min(100, percent));
  const tone = used >= 95 ? "full" : used >= 80 ? "high" : "low";
  return `<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="rest" width="100" height="10"/><rect class="${tone}" width="${used}" height="10"/></svg>`;
}
