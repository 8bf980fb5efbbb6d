import type { Settings } from "../config/settings.ts";
import type { Dialect } from "../dialects/dialect.ts";
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
  /** Takes a further place among the running requests, until the work of this one is over; false when none is free. */
  readonly takePlace: () => boolean;
  /** of the answer */
  readonly dialect: Dialect;
}
