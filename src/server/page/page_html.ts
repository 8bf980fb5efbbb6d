import { percentText } from "../../percent_text.ts";
import { keysHtml } from "./keys_html.ts";
import { requestsHtml } from "./requests_html.ts";
import { sessionsHtml } from "./sessions_html.ts";
import { todayHtml } from "./today_html.ts";
import { barHtml, escape, minutesText, type PageView } from "./view.ts";

/** The parts of the page that change, by name: what `GET /page/events` sends when they do. */
export function pageSections(view: PageView): Readonly<Record<SectionName, string>> {
  return {
    version: escape(view.version.replace(/^ccproxy /, "")),
    account: `<p class="${view.account.ok ? "good" : "bad"}">${escape(view.account.text)}</p>`,
    limits: limitsHtml(view),
    memory: memoryHtml(view),
    transport: transportHtml(view),
    today: todayHtml(view),
    prompts: promptsHtml(view),
    requests: requestsHtml(view),
    sessions: sessionsHtml(view),
    keys: keysHtml(view),
    clients: clientsHtml(view),
    models: view.models.map((name) => `<option>${escape(name)}</option>`).join(""),
  };
}

/** A part of the page. */
export type SectionName = typeof SECTIONS[number];

const SECTIONS = [
  "version",
  "account",
  "limits",
  "memory",
  "transport",
  "today",
  "prompts",
  "requests",
  "sessions",
  "keys",
  "clients",
  "models",
] as const;

/**
 * The whole page.
 *
 * @param view undefined for somebody who has not shown the key: the page then holds nothing but the place to enter it
 */
export function pageHtml(view: PageView | undefined, isDemo: boolean): string {
  const part = view === undefined
    ? Object.fromEntries(SECTIONS.map((name) => [name, ""]))
    : pageSections(view);
  const place = (name: SectionName, tag = "div", look = "") =>
    `<${tag} data-section="${name}"${look === "" ? "" : ` class="${look}"`}>${part[name] ?? ""}</${tag}>`;
  const section = (id: string, title: string, content: string) =>
    `<section aria-labelledby="${id}-title">\n<h2 id="${id}-title" tabindex="-1">${title}</h2>\n${content}\n</section>\n`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${
    view === undefined
      ? ""
      : `<noscript><meta http-equiv="refresh" content="15"></noscript>\n`
  }<title>ccproxy</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page/style.css">
<script src="/page/script.js" defer></script>
</head>
<body${view === undefined ? ' class="locked"' : ""}>
<main>
<header>
<h1>ccproxy ${place("version", "small")}</h1>
<p id="state" class="quiet" role="status"></p>
<p id="told" class="unseen" role="status"></p>
</header>
${isDemo ? DEMO_HTML : ""}<noscript><p class="quiet">${
    view === undefined
      ? "This proxy asks for its API key, which this page sends with a script. Without scripts, <code>ccproxy usage</code> and <code>ccproxy connect</code> show the same in a terminal."
      : "Scripts are off: the page reloads every 15 seconds, and shows without them all but what a session holds."
  }</p></noscript>
<form id="key-form" class="js-only" hidden>
<label for="key">API key of this proxy (<code>server.api_key</code>)</label>
<div class="row"><input id="key" type="password" autocomplete="off" required> <button>Open</button></div>
<p class="quiet">Kept in this tab until it is closed, and sent to this proxy only.</p>
</form>
<div id="content">
<div class="pair">
${section("account", "Account", place("account"))}${section("limits", "Limits", place("limits"))}</div>
${place("memory")}
${place("transport")}
${section("today", "Today", place("today"))}${
    section(
      "requests",
      "Last requests",
      `${FILTER_HTML}${place("requests", "div", "list")}\n${place("prompts")}`,
    )
  }${section("sessions", "Sessions", place("sessions", "div", "list"))}${
    section("keys", "Named keys", place("keys"))
  }${section("clients", "Settings for clients", place("clients"))}<div class="js-only">${
    section("try", "Try a prompt", tryHtml(part["models"] ?? ""))
  }</div>
</div>
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

const FILTER_HTML = `<div class="row js-only"><label for="filter">Filter</label>
<input id="filter" type="search" placeholder="model, route, status, problem …" autocomplete="off">
<span id="filter-count" class="quiet" role="status"></span></div>
`;

function tryHtml(options: string): string {
  return `<form id="try-form">
<div class="row"><label for="try-model">Model</label> <select id="try-model" data-section="models">${options}</select></div>
<label for="try-prompt">Prompt</label>
<textarea id="try-prompt" rows="3" required></textarea>
<div class="row"><button id="try-send">Send</button> <button id="try-stop" type="button" hidden>Stop</button>
<span class="quiet">It counts against your limits, and is not remembered.</span></div>
<pre id="try-answer" aria-live="polite" aria-label="Answer" hidden></pre>
</form>`;
}

/** Only where there is something to say: a memory that works is no news. */
function memoryHtml({ memory: { trouble, onlyHere, loss } }: PageView): string {
  const told = [
    trouble === undefined ? undefined : `Nothing is remembered at the moment: ${trouble}.`,
    onlyHere === undefined ? undefined : `Remembered only until ccproxy ends: ${onlyHere}.`,
    loss,
  ].filter((text) => text !== undefined);
  if (told.length === 0) return "";
  const lines = told.map((text) => `<p class="bad">${escape(text)}</p>`).join("\n");
  return `<section aria-labelledby="memory-title">\n<h2 id="memory-title">Memory</h2>\n${lines}\n</section>`;
}

/** Only while requests take the slower way. */
function transportHtml({ postReason }: PageView): string {
  if (postReason === undefined) return "";
  return `<section aria-labelledby="transport-title">\n<h2 id="transport-title">Transport</h2>
<p class="bad">Requests go to the backend by POST, which is slower: a WebSocket failed: ${
    escape(postReason)
  }</p>\n</section>`;
}

function limitsHtml({ limits, nowMs }: PageView): string {
  if (limits === undefined || limits.windows.length === 0) {
    return "<p>Not known yet: the next answer of the backend tells them.</p>";
  }
  return limits.windows.map((window) => {
    const reset = window.resetsAtMs === undefined
      ? ""
      : `resets in ${minutesText(window.resetsAtMs - nowMs)}`;
    const name = window.limitName === undefined ? window.label : `${window.limitName}, ${window.label}`;
    return `<div class="limit"><span>${escape(name)}</span>
${barHtml(window.usedPercent)}
<span>${percentText(window.usedPercent)} used</span><span>${escape(reset)}</span></div>`;
  }).join("\n");
}

function promptsHtml({ showsPrompts }: PageView): string {
  return `<p class="quiet">${
    showsPrompts
      ? "<strong>Prompts are shown</strong> (<code>server.page_prompts</code>): the last words of the user in a request, and what a session holds."
      : "Prompts are not shown: <code>server.page_prompts = true</code> in the settings does that, for requests from then on."
  }</p>`;
}

function clientsHtml({ clients, url, needsKey }: PageView): string {
  const rows = clients(url, needsKey).map(({ name, title, steps, notes }) =>
    `<details id="c-${escape(name)}"><summary>${escape(title)}</summary><div class="inside">${
      steps.map(({ place, text }) =>
        `${
          place === "" ? "" : `<p class="quiet">${escape(place)}</p>`
        }<div class="copied"><pre tabindex="0">${
          escape(text)
        }</pre><button class="js-only copy" type="button" aria-label="Copy the settings for ${
          escape(title)
        }">Copy</button></div>`
      ).join("")
    }${notes.map((note) => `<p class="quiet">${escape(note)}.</p>`).join("")}</div></details>`
  );
  return `${needsKey ? "<p>Put the key of this proxy in the place of <code>MY_KEY</code>.</p>\n" : ""}${
    rows.join("\n")
  }`;
}
