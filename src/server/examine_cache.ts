import type { CacheDoctor } from "../conversations/cache_doctor.ts";
import type { Ask } from "../wire/responses.ts";
import type { Call } from "./call.ts";

/** Has the cache doctor look at an answered request; what it finds is noted for the page. */
export function examineCache(
  { cacheDoctor }: { readonly cacheDoctor: CacheDoctor },
  { caller: { owner }, request, note }: Call,
  ask: Ask,
  session: string | undefined,
): void {
  const client = request.headers.get("user-agent");
  const seen = { owner, client, session, ask, usage: note.usage, responseId: note.responseId };
  // A long conversation takes milliseconds to look at: not before the last bytes have left.
  setTimeout(() => void (note.cacheMiss = cacheDoctor.note(seen)), 0);
}
