import type { CacheDoctor, SeenRequest } from "../conversations/cache_doctor.ts";
import type { Call } from "./call.ts";

/** Has the cache doctor look at an answered request; what it finds is noted for the page. */
export function examineCache(
  { cacheDoctor }: { readonly cacheDoctor: CacheDoctor },
  { caller: { owner }, request, note }: Call,
  seen: Pick<SeenRequest, "session" | "ask" | "responseId">,
): void {
  const client = request.headers.get("user-agent");
  // A long conversation takes milliseconds to look at: not before the last bytes have left.
  setTimeout(
    () => void (note.cacheMiss = cacheDoctor.note({ ...seen, owner, client, usage: note.usage })),
    0,
  );
}
