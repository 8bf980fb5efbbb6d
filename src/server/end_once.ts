import type { Reply } from "./reply.ts";

/** The reply, whose end counts once, however often it is told; then its note knows that it has ended. */
export function endOnce(reply: Reply): Reply {
  const { promise, resolve } = Promise.withResolvers<void>();
  reply.note.answered = promise;
  let ending: Promise<void> | undefined;
  const end: Reply["onEnd"] = async (whole) => await reply.onEnd(whole);
  return { ...reply, onEnd: (whole) => ending ??= Promise.resolve(end(whole)).finally(resolve) };
}
