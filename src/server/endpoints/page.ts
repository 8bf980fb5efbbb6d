import type { Call } from "../call.ts";
import { NOBODY } from "../caller.ts";
import { keyOf } from "../../conversations/archive.ts";
import { missingSession } from "../../conversations/sessions.ts";
import { fromRow } from "../../conversations/stored_items.ts";
import { type Endpoint, type EndpointParts, memoryOf } from "../endpoint.ts";
import { sessionItemsHtml } from "../page/sessions_html.ts";
import { pageHtml, pageSections } from "../page/page_html.ts";
import script from "../page/script.js" with { type: "text" };
import style from "../page/style.css" with { type: "text" };
import type { PageView } from "../page/view.ts";
import { everyTick } from "../ticker.ts";
import { toSession } from "./sessions.ts";

/**
 * `GET /`: a page for people. A browser cannot send a key with an address that is typed in, so the page itself is
 * open; without the key it holds nothing but the place to enter it.
 */
export const showPage: Endpoint = async (parts, call) => {
  if (call.caller.name === NOBODY) return pageResponse(undefined, (await parts.page()).isDemo, parts.hide);
  const view = await viewOf(parts, call);
  return pageResponse(view, view.isDemo, parts.hide);
};

/** `GET /page/script.js`: the page's script. */
export const showPageScript: Endpoint = () => ownFile(script, "text/javascript; charset=utf-8");

/** `GET /page/style.css`: the page's style. */
export const showPageStyle: Endpoint = () => ownFile(style, "text/css; charset=utf-8");

/** Seconds after which the parts of the page are made anew also when no request came: limits and sessions change. */
const RENEW_SECONDS = 5;
/** A stream ends after this long, in seconds: the page asks anew, with its key. */
const STREAM_SECONDS = 300;

/** `GET /page/events`: the parts of the page as server-sent events, all at first, then those that changed. */
export const showPageEvents: Endpoint = (parts, call) => {
  call.note.work.isEndless = true;
  const ending = parts.pageStreamsEnd();
  const encoder = new TextEncoder();
  const sent = new Map<string, string>();
  let stop = () => {};
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      let seconds = 0;
      let seen: string | undefined;
      let isBusy = false;
      let isOver = false;
      const leave = () => end();
      const end = (close = true) => {
        if (isOver) return;
        isOver = true;
        stopTicks();
        ending.removeEventListener("abort", leave);
        if (close) controller.close();
      };
      const send = async () => {
        const view = await viewOf(parts, call);
        const changed = Object.entries(pageSections(view)).map(([name, html]) =>
          [name, parts.hide(html)] as const
        ).filter(([name, html]) => sent.get(name) !== html);
        for (const [name, html] of changed) sent.set(name, html);
        seen = view.requests[0]?.note.id;
        const text = changed.length === 0
          ? ": still here\n\n"
          : `event: sections\ndata: ${JSON.stringify(Object.fromEntries(changed))}\n\n`;
        if (!isOver) controller.enqueue(encoder.encode(text));
      };
      const stopTicks = everyTick(() => {
        seconds++;
        if (seconds >= STREAM_SECONDS) return end();
        const isNew = parts.newestRequest() !== seen;
        // A client that does not read gets nothing more: what changed is sent when it reads again.
        if (isBusy || (!isNew && seconds % RENEW_SECONDS !== 0) || (controller.desiredSize ?? 0) < 0) return;
        isBusy = true;
        send().catch(() => end()).finally(() => isBusy = false);
      });
      stop = () => end(false);
      ending.addEventListener("abort", leave);
      if (ending.aborted) return end();
      try {
        await send();
      } catch (error) {
        end(false);
        throw error;
      }
    },
    cancel: () => stop(),
  });
  return new Response(body, {
    headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
  });
};

/** `GET /page/sessions/:id`: what a session holds, as a part of the page. @throws Problem session_not_found */
export const showPageSession: Endpoint = async (parts, call) => {
  const { archive, owner } = memoryOf(parts.memory, call);
  const { id } = call.params;
  await archive.queue.settled();
  const record = await archive.store.get(keyOf("session", owner, id));
  if (record === undefined) throw await missingSession(archive, owner, id);
  const items = record.items.flatMap((row) => fromRow(row) ?? []);
  return htmlResponse(parts.hide(sessionItemsHtml(items, call.settings["server.page_prompts"])));
};

/** The page as it is for who asks. */
async function viewOf(parts: EndpointParts, call: Call): Promise<PageView> {
  const { settings, url } = call;
  const { archive, owner } = memoryOf(parts.memory, call);
  const [facts, sessions] = await Promise.all([
    parts.page(),
    // A memory that is out of reach is reported by the page itself.
    archive.store.list("session", { owner, limit: SESSION_LIMIT }).catch(() => []),
  ]);
  return {
    ...facts,
    url: url.origin,
    needsKey: settings["server.api_key"] !== "",
    showsPrompts: settings["server.page_prompts"],
    sessions: sessions.map(toSession),
    models: parts.catalogue().models.filter(({ visibility }) => visibility === "list").map(({ slug }) =>
      slug
    ),
  };
}

/** Sessions that are counted. */
const SESSION_LIMIT = 1000;

/** The page. Everything on it is escaped; it runs and loads files of this server only, and no site may frame it. */
export function pageResponse(
  view: PageView | undefined,
  isDemo: boolean,
  hide: (text: string) => string,
): Response {
  return htmlResponse(hide(pageHtml(view, isDemo)));
}

function htmlResponse(html: string): Response {
  return new Response(html, {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy":
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
    },
  });
}

function ownFile(text: string, contentType: string): Response {
  return new Response(text, {
    headers: {
      "content-type": contentType,
      "x-content-type-options": "nosniff",
      "cache-control": "no-cache",
    },
  });
}
