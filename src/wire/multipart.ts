import { Problem } from "../problem.ts";

/** One part of a form: a field, or a file. */
export interface FormPart {
  readonly name: string;
  /** undefined for a field */
  readonly filename: string | undefined;
  /** its content-type, as the client says */
  readonly type: string | undefined;
  /** a view into the body, not a copy */
  readonly bytes: Uint8Array;
}

/** Parts of one form; the largest real one has 16 pictures, a mask and some ten fields. */
const PARTS_LIMIT = 64;
/** Bytes of the headers of one part. */
const HEADERS_LIMIT = 8 * 1024;
const CR = 0x0d;
const DASHES = "--";

/**
 * The parts of a `multipart/form-data` body, in their order.
 *
 * Not `Request.formData()`. Measured with Deno 2.9.6: it walks through a body byte by byte (50 MB block everybody for
 * 0.5 s), copies each part, makes 200,000 parts of a body of 10 MB, and takes a body that was cut, with a part of a
 * picture or without it, for a whole one. Here parts are views, their number is bounded, and the end must be there.
 *
 * @param param the field for a file, which the problem of a body names that is none
 * @throws Problem bad_request
 * @see https://www.rfc-editor.org/rfc/rfc7578
 */
export function readMultipart(bytes: Uint8Array, contentType: string, param: string): FormPart[] {
  const broken = (what: string) =>
    new Problem("bad_request", `the multipart body is malformed: ${what}`, { param });
  const boundary = boundaryOf(contentType, param);
  if (boundary === undefined) throw broken("its content-type names no boundary of 1 to 70 characters");
  const unended = () => broken(`it ends without its last boundary, ${JSON.stringify(`--${boundary}--`)}`);
  const delimiter = new TextEncoder().encode(`\r\n--${boundary}`);
  const parts: FormPart[] = [];
  // The first delimiter may stand at the very beginning, without its line end.
  let at = startsAt(bytes, 0, delimiter.subarray(2)) ? delimiter.length - 2 : after(bytes, 0, delimiter);
  for (;;) {
    if (at === -1) throw unended();
    if (startsAt(bytes, at, LAST)) return parts;
    const head = bytes.indexOf(CR, at);
    if (head === -1 || !startsAt(bytes, head, LINE)) throw unended();
    const next = after(bytes, head, delimiter);
    if (next === -1) throw unended();
    if (parts.length === PARTS_LIMIT) {
      throw broken(`it has more than ${PARTS_LIMIT} parts`);
    }
    const part = readPart(bytes.subarray(head, next - delimiter.length));
    if (typeof part === "string") throw broken(`part ${parts.length + 1} ${part}`);
    parts.push(part);
    at = next;
  }
}

/** The text of a field. @throws Problem bad_request when it is not UTF-8 */
export function partText({ name, bytes }: FormPart): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Problem("bad_request", `"${name}" must be a text in UTF-8`, { param: name, cause: error });
  }
}

const encoder = new TextEncoder();
const LAST = encoder.encode(DASHES);
const LINE = encoder.encode("\r\n");
const HEADERS_END = encoder.encode("\r\n\r\n");

/** @param part from the line end of its delimiter to the one of the next @returns what is wrong with it as a text */
function readPart(part: Uint8Array): FormPart | string {
  const end = after(part.subarray(0, HEADERS_LIMIT), 0, HEADERS_END);
  if (end === -1) {
    return `has no blank line behind its headers, or more than ${HEADERS_LIMIT} bytes of them`;
  }
  const headers = new TextDecoder().decode(part.subarray(0, end));
  const disposition = /^content-disposition:\s*form-data\s*;(.*)$/im.exec(headers)?.[1] ?? "";
  const name = parameterOf(disposition, "name");
  if (name === undefined) return "has no content-disposition with a name";
  const type = /^content-type:\s*([^\r\n]+?)\s*$/im.exec(headers)?.[1];
  return { name, filename: parameterOf(disposition, "filename"), type, bytes: part.subarray(end) };
}

/** `name="value"` as browsers write it, with `%22` for a quote, or without quotes. */
function parameterOf(disposition: string, key: string): string | undefined {
  const found = new RegExp(`(?:^|;)\\s*${key}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]*))`, "i").exec(disposition);
  return found === null ? undefined : found[1]?.replaceAll(/\\(.)/g, "$1").replaceAll("%22", '"') ?? found[2];
}

/** Undefined for a form that names none. @throws Problem bad_request for another type of body */
function boundaryOf(contentType: string, param: string): string | undefined {
  if (!/^multipart\/form-data\s*(?:;|$)/i.test(contentType)) {
    throw new Problem(
      "bad_request",
      `the body must be multipart/form-data: found ${JSON.stringify(contentType.slice(0, 100))}`,
      { param },
    );
  }
  const found = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70})(?=[\s;]|$))/i.exec(contentType);
  return found?.[1] ?? found?.[2];
}

/** Where the first `wanted` from `from` on ends; -1 for none. The runtime looks for its first byte. */
function after(bytes: Uint8Array, from: number, wanted: Uint8Array): number {
  const first = wanted[0] ?? 0;
  for (let at = bytes.indexOf(first, from); at !== -1; at = bytes.indexOf(first, at + 1)) {
    if (startsAt(bytes, at, wanted)) return at + wanted.length;
  }
  return -1;
}

function startsAt(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  return wanted.every((byte, index) => bytes[at + index] === byte);
}
