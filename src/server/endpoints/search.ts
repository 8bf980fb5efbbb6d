import { bodyLimitBytes } from "../endpoint.ts";
import { passRefusal } from "../pass_on.ts";
import { readBodyAs } from "../read_body.ts";
import { replyOpaque } from "../reply.ts";
import { type DirectEndpoint, sendDirect } from "../send_direct.ts";

/**
 * `POST …/alpha/search`, which the Codex CLI needs for `web_search = "live"` (backend.md#alpha-search): the bytes go up
 * as they came, the body object comes down as it is, and errors keep the backend's words.
 */
export const searchWeb: DirectEndpoint = async (parts, call) => {
  const { request, settings, note } = call;
  note.lane = "opaque";
  const { bytes, encoding } = await readBodyAs(request, bodyLimitBytes(settings), () => undefined, {
    gate: parts.bodyGate,
    work: note.work,
  });
  const answer = await sendDirect(parts, call, {
    urlOf: (base) => `${base}/alpha/search`,
    body: bytes,
    contentType: request.headers.get("content-type") ?? undefined,
    contentEncoding: encoding,
    accept: request.headers.get("accept") ?? undefined,
    signal: request.signal,
  });
  if (!answer.ok) return passRefusal(answer, note, parts.hide);
  return replyOpaque(answer.response, {
    ...call.dialect.framing,
    contentType: "application/json",
    headers: {},
  });
};
