import { isRecord, parseJson, textAt } from "../../wire/json.ts";
import { heldBodyAs } from "../endpoint.ts";
import { passRefusal } from "../pass_on.ts";
import { replyOpaque } from "../reply.ts";
import { NOTED_LENGTH, refuseForeignModel } from "../settle.ts";
import { type DirectEndpoint, sendDirect } from "../send_direct.ts";

/**
 * `POST …/alpha/search`, which the Codex CLI needs for `web_search = "live"` (backend.md#alpha-search): the bytes go up
 * as they came, the body object comes down as it is, and errors keep the backend's words.
 */
export const searchWeb: DirectEndpoint = async (parts, call) => {
  const { caller, request, note } = call;
  note.lane = "opaque";
  const { bytes, encoding, value: model } = await heldBodyAs(parts, call, modelIn);
  note.modelAsked = note.modelUsed = model?.slice(0, NOTED_LENGTH);
  refuseForeignModel(caller, model, undefined);
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

/** The model that a search names; undefined for a body that is not what is expected, which the backend judges. */
function modelIn(plain: Uint8Array): string | undefined {
  const body = parseJson(new TextDecoder().decode(plain));
  return isRecord(body) ? textAt(body, "model") : undefined;
}
