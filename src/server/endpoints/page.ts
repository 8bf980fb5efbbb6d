import { shortDurationText } from "../../duration_text.ts";
import { percentText } from "../../percent_text.ts";
import type { Limits } from "../../upstream/rate_limits.ts";
import type { MemoryState } from "../../conversations/memory_health.ts";
import type { Way } from "../../upstream/sending.ts";
import type { Endpoint } from "../endpoint.ts";
import type { RecentRequest } from "../observer.ts";

/** What the page shows, whoever looks at it. */
export interface PageFacts {
  readonly version: string;
  /** e-mail and plan, or what is wrong and the command that mends it */
  readonly account: { readonly ok: boolean; readonly text: string };
  readonly limits: Limits | undefined;
  readonly memory: MemoryState;
  /** why requests go by POST although a WebSocket was wanted; undefined when they do not */
  readonly postReason: string | undefined;
  /** newest first */
  readonly requests: readonly RecentRequest[];
  /** `serve --demo`: nothing on the page is about a real account */
  readonly isDemo: boolean;
  readonly nowMs: number;
  /** now, by the clock of the notes and of `doneMs` */
  readonly monotonicMs: number;
}

/** {@linkcode PageFacts} with what the request and its settings add. */
export interface PageView extends PageFacts {
  /** base of this server, e.g. `http://127.0.0.1:8000` */
  readonly url: string;
  readonly needsKey: boolean;
}

/** `GET /`: a page for people. */
export const showPage: Endpoint = async (parts, { url, settings }) => {
  const needsKey = settings["server.api_key"] !== "";
  return pageResponse({ ...await parts.page(), url: url.origin, needsKey }, parts.hide);
};

/** The page, without scripts. Everything on it is escaped; no other site may frame it, and nothing is loaded. */
export function pageResponse(view: PageView, hide: (text: string) => string): Response {
  return new Response(hide(pageHtml(view)), {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
    },
  });
}

function pageHtml(view: PageView): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="15">
<title>ccproxy</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>ccproxy <small>${escape(view.version.replace(/^ccproxy /, ""))}</small></h1>
${view.isDemo ? DEMO_HTML : ""}<section>
<h2>Account</h2>
<p class="${view.account.ok ? "good" : "bad"}">${escape(view.account.text)}</p>
</section>
<section>
<h2>Limits</h2>
${limitsHtml(view)}
</section>
${memoryHtml(view)}${transportHtml(view)}<section>
<h2>Settings for clients</h2>
${clientsHtml(view)}
</section>
<section>
<h2>Last requests</h2>
${requestsHtml(view)}
</section>
</main>
</body>
</html>
`;
}

const DEMO_HTML =
  `<p class="demo" role="note"><strong>Demo.</strong> A stand-in inside ccproxy answers: no model is asked, no account is
used, and nothing is kept. Sign in with <code>ccproxy auth login-openai</code>, and serve without
<code>--demo</code>.</p>
`;

/** Only where there is something to say: a memory that works is no news. */
function memoryHtml({ memory: { trouble, onlyHere, loss } }: PageView): string {
  const told = [
    trouble === undefined ? undefined : `Nothing is remembered at the moment: ${trouble}.`,
    onlyHere === undefined ? undefined : `Remembered only until ccproxy ends: ${onlyHere}.`,
    loss,
  ].filter((text) => text !== undefined);
  if (told.length === 0) return "";
  const lines = told.map((text) => `<p class="bad">${escape(text)}</p>`).join("\n");
  return `<section>\n<h2>Memory</h2>\n${lines}\n</section>\n`;
}

/** Only while requests take the slower way. */
function transportHtml({ postReason }: PageView): string {
  if (postReason === undefined) return "";
  return `<section>\n<h2>Transport</h2>\n<p class="bad">Requests go to the backend by POST, which is slower: ${
    escape(`a WebSocket failed: ${postReason}`)
  }</p>\n</section>\n`;
}

/** How a request was sent to the backend. */
function wayText(way: Way | undefined): string {
  if (way === undefined) return "";
  if (way.transport === "websocket") return way.isContinuation ? "WebSocket, continued" : "WebSocket";
  return way.fallback === undefined ? "POST" : `POST (${way.fallback.kind})`;
}

function limitsHtml({ limits, nowMs }: PageView): string {
  if (limits === undefined || limits.windows.length === 0) {
    return "<p>Not known yet: the next answer of the backend tells them.</p>";
  }
  const rows = limits.windows.map((window) => {
    const used = Math.max(0, Math.min(100, window.usedPercent));
    const reset = window.resetsAtMs === undefined
      ? ""
      : `resets in ${shortDurationText(window.resetsAtMs - nowMs)}`;
    const name = window.limitName === undefined ? window.label : `${window.limitName}, ${window.label}`;
    const tone = used >= 95 ? "full" : used >= 80 ? "high" : "";
    return `<div class="limit"><span>${escape(name)}</span>
<meter class="${tone}" min="0" max="100" value="${used}">${percentText(used)}</meter>
<span>${percentText(used)} used</span><span>${escape(reset)}</span></div>`;
  });
  return rows.join("\n");
}

function clientsHtml({ url, needsKey }: PageView): string {
  const key = needsKey ? "YOUR_KEY" : "any-text";
  const snippets: readonly (readonly [string, string])[] = [
    ["Environment", `OPENAI_BASE_URL=${url}/codex/v1\nOPENAI_API_KEY=${key}`],
    ["Python", `client = OpenAI(base_url="${url}/codex/v1", api_key="${key}")`],
    ["JavaScript", `const client = new OpenAI({ baseURL: "${url}/codex/v1", apiKey: "${key}" });`],
    [
      "curl",
      `curl ${url}/codex/v1/chat/completions -H "Content-Type: application/json" -H "Authorization: Bearer ${key}" \\\n` +
      `  -d '{"model": "gpt-5", "messages": [{"role": "user", "content": "Hello"}]}'`,
    ],
  ];
  const rows = snippets.map(([name, text]) => `<h3>${name}</h3><pre>${escape(text)}</pre>`).join("\n");
  return `${rows}\n<p>More clients: <code>ccproxy connect</code></p>`;
}

function requestsHtml({ requests, monotonicMs }: PageView): string {
  if (requests.length === 0) return "<p>None yet.</p>";
  const rows = requests.map(({ note, doneMs }) => {
    const usage = note.usage;
    const tokens = usage === undefined
      ? ""
      : `${usage.input_tokens ?? 0} in, ${usage.output_tokens ?? 0} out`;
    const cells = [
      `${shortDurationText(monotonicMs - doneMs)} ago`,
      `${note.method} ${note.route}`,
      note.modelUsed ?? "",
      note.lane,
      wayText(note.way),
      note.problem === undefined ? String(note.status) : `${note.status} ${note.problem}`,
      `${Math.round(doneMs - note.startedMs)} ms`,
      tokens,
    ];
    return `<tr class="${note.status >= 400 ? "bad" : ""}">${
      cells.map((cell) => `<td>${escape(cell)}</td>`).join("")
    }</tr>`;
  });
  const heads = ["When", "Request", "Model", "Lane", "Backend", "Status", "Took", "Tokens"];
  return `<div class="scroll"><table><thead><tr>${
    heads.map((head) => `<th>${head}</th>`).join("")
  }</tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(
    '"',
    "&quot;",
  )
    .replaceAll("'", "&#39;");
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
h1 small { font-size: .875rem; font-weight: normal; opacity: .7; }
h2 { font-size: 1.125rem; margin: 1.75rem 0 .5rem; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
h3 { font-size: .875rem; margin: .75rem 0 .25rem; }
pre { margin: 0; padding: .625rem .75rem; border-radius: .375rem; overflow-x: auto; user-select: all;
  background: color-mix(in srgb, currentColor 8%, transparent); font-size: .8125rem; }
.limit { display: grid; grid-template-columns: 9rem 1fr 6rem 10rem; gap: .75rem; align-items: center; }
@media (max-width: 40rem) { .limit { grid-template-columns: 1fr 1fr; } }
meter { width: 100%; height: 1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .8125rem; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; white-space: nowrap; }
.demo { padding: .625rem .75rem; border-radius: .375rem; border: 2px solid light-dark(#8a5a00, #ffcf70); }
.bad { color: light-dark(#b3261e, #ffb4ab); }
.good { color: light-dark(#146c2e, #8fd694); }
`;
