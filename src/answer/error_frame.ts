import { isRecord, type JsonObject, numberAt, recordAt, textAt } from "../wire/json.ts";

/** An error that came as an event or as a message of a WebSocket. */
export interface ErrorFrame {
  /** the HTTP status it would have had; undefined when it does not say */
  readonly status: number | undefined;
  readonly error: JsonObject;
  /** those of the answer it stands for, limits above all */
  readonly headers: Headers;
}

/**
 * Reads an error in any of the shapes that were seen (websocket.md#ws-events): `error` as an object, within `body`,
 * with its fields at the top level, or only a `detail`; `status_code` for `status`.
 *
 * @returns undefined for what is no error: another type, or no type and neither of these
 */
export function readErrorFrame(event: JsonObject): ErrorFrame | undefined {
  const body = recordAt(event, "body");
  const isUntyped = event["type"] === undefined && (isRecord(event["error"]) || "detail" in event);
  if (event["type"] !== "error" && !isUntyped) return undefined;
  const error = recordAt(event, "error") ??
    (body === undefined ? undefined : recordAt(body, "error") ?? body);
  const status = statusIn(event) ?? (body === undefined ? undefined : statusIn(body));
  return { status, error: error ?? flatError(event), headers: headersIn(event) };
}

/** The fields of an error at the top level; `type` there only says that it is one. */
function flatError(event: JsonObject): JsonObject {
  const { type: _, error, detail, ...rest } = event;
  const message = rest["message"] ?? detailText(detail) ?? (typeof error === "string" ? error : undefined);
  return { ...rest, ...(message === undefined ? {} : { message }) };
}

function detailText(detail: unknown): unknown {
  if (isRecord(detail)) return textAt(detail, "message") ?? textAt(detail, "code");
  return Array.isArray(detail) ? JSON.stringify(detail) : detail;
}

function statusIn(record: JsonObject): number | undefined {
  const status = numberAt(record, "status") ?? numberAt(record, "status_code");
  return status !== undefined && Number.isInteger(status) && status >= 400 && status <= 599
    ? status
    : undefined;
}

/** Those that can be headers; a value may be a number. */
function headersIn(event: JsonObject): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(recordAt(event, "headers") ?? {})) {
    if (typeof value !== "string" && typeof value !== "number") continue;
    try {
      headers.append(name, String(value));
    } catch {
      // No name or value of a header: nobody could read it as one.
    }
  }
  return headers;
}
