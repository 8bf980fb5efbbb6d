import type { Settings } from "../config/settings.ts";
import type { OpenThread } from "../conversations/threads.ts";
import type { Dialect } from "../dialects/dialect.ts";
import type { Problem } from "../problem.ts";
import type { RecentResponses } from "../conversations/recent_responses.ts";
import type { Caller } from "./caller.ts";
import type { RequestNote } from "./note.ts";
import type { RouteParams, RouteRow } from "./routes.ts";

/** A request that was let in, with everything that was settled on its way; made in app.ts and handed down. */
export interface Call {
  readonly request: Request;
  readonly url: URL;
  readonly route: RouteRow;
  readonly params: RouteParams;
  readonly caller: Caller;
  /** as they were when the request came: one request never sees two settings */
  readonly settings: Settings;
  readonly note: RequestNote;
  /** Takes a further place among the running requests, until the work of this one is over; a problem when none is free. */
  readonly takePlace: () => Problem | undefined;
  /** of the answer; of a route that ccproxy answers by itself, the one that the caller's own headers tell */
  readonly dialect: Dialect;
  /** the thread that the request begins or goes on with; settled when its body was read */
  readonly thread?: OpenThread | undefined;
  /** what its connection remembers by itself, beyond the store; undefined for HTTP */
  readonly recent?: RecentResponses | undefined;
  /** it came as a message of a WebSocket */
  readonly isMessage?: true;
}
