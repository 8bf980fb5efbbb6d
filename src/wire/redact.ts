import { isRecord, type JsonObject, parseJson } from "./json.ts";
import { isPlainName, maskJsonText, maskText } from "./mask_text.ts";
import { NAMED_KEYS, replacedName, replaceName, replaceReference } from "./redact_name.ts";

/**
 * Takes what is private out of recorded requests and answers: texts, names, ids, addresses, images, encrypted content.
 *
 * What is not known to be a word of the protocol is masked, so that a field that appears tomorrow is masked as well.
 * The same value becomes the same replacement in all files of a recording: calls still find their results.
 */
export interface Redaction {
  /** replacements by what they replace */
  readonly known: Map<string, string>;
  /** how many values of a kind were replaced */
  readonly counts: Map<string, number>;
  /** texts of ours that stand at the start of others, and the names that stand for them */
  readonly prompts: readonly (readonly [text: string, name: string])[];
}

/** A fresh redaction, for one recording. */
export function createRedaction(prompts: Redaction["prompts"] = []): Redaction {
  return { known: new Map(), counts: new Map(), prompts: prompts.filter(([text]) => text !== "") };
}

/** The time in every recording: that of the golden cases, in seconds since 1970. */
const RECORDED_AT = 1_790_000_000;
/** The unique part of the first id that this program made itself, as in the golden cases. */
const OWN_ID = "golden";

/** Keys whose texts are words of the protocol, as long as they look like one. */
const WORDS: ReadonlySet<string> = new Set(
  ("type role status object model finish_reason stop_reason reason effort reasoning_effort summary verbosity " +
    "detail format service_tier tool_choice truncation phase code param include syntax mode size " +
    "quality output_format media_type mime_type event plan_type context search_context_size modalities encoding")
    .split(" "),
);
const WORD = /^[\w.:/+*#$[\]-]{0,64}$/;
/** Keys whose values are ids. */
const ID_KEY = /^(?:id|conversation|prompt_cache_key)$|_ids?$/;
/** Keys whose values only the backend can read. */
const SEALED: ReadonlySet<string> = new Set(["encrypted_content", "signature"]);
const ADDRESSES: ReadonlySet<string> = new Set(["url", "image_url", "file_url", "server_url", "link"]);
/** Keys whose objects are the user's data: nothing in them is protocol. */
const DATA: ReadonlySet<string> = new Set(
  "input arguments metadata client_metadata default const enum example examples user_location".split(" "),
);
/** Keys of data whose members the protocol names. */
const PROTOCOL_DATA: ReadonlySet<string> = new Set(["user_location"]);
const TIMES: ReadonlySet<string> = new Set(["created", "created_at", "completed_at"]);
/** Keys whose texts are JSON. */
const JSON_TEXTS: ReadonlySet<string> = new Set(["arguments", "partial_json"]);

/** Where a value stands. */
interface Spot {
  readonly key: string;
  readonly holder: JsonObject;
  /** in the user's data */
  readonly isData: boolean;
  /** the names of the members are the user's */
  readonly isNamed: boolean;
  /** names the stream that a piece belongs to; undefined outside of `delta` */
  readonly stream: string | undefined;
}

/** Masks a text that may be a piece of a stream. */
type MaskPiece = (text: string, isJson: boolean, stream: string | undefined) => string;

/** A JSON value without what is private. */
export function redactJson(value: unknown, redaction: Redaction): unknown {
  const top: Spot = { key: "", holder: {}, isData: false, isNamed: false, stream: undefined };
  return walk(value, top, redaction, (text, isJson) => maskWhole(text, isJson, redaction));
}

/**
 * A `text/event-stream` without what is private. Pieces of texts stay as they were cut; together they are the masked
 * whole. A body that is no stream (an error as JSON, a page) is masked as such.
 */
export function redactText(sse: string, redaction: Redaction): string {
  const body = parseJson(sse);
  if (isRecord(body)) return `${JSON.stringify(redactJson(body, redaction), null, 2)}\n`;
  const lines = sse.split(/(\r\n|\n|\r)/).map(readLine);
  const wholes = new Map<string, string>();
  const collect: MaskPiece = (text, _, stream) => {
    if (stream !== undefined) wholes.set(stream, (wholes.get(stream) ?? "") + text);
    return text;
  };
  const top = (value: JsonObject): Spot => ({
    key: "",
    holder: value,
    isData: false,
    isNamed: false,
    stream: undefined,
  });
  for (const { value } of lines) if (value !== undefined) walk(value, top(value), redaction, collect);
  const written = new Map<string, number>();
  const write: MaskPiece = (text, isJson, stream) => {
    if (stream === undefined) return maskWhole(text, isJson, redaction);
    const from = written.get(stream) ?? 0;
    written.set(stream, from + text.length);
    return maskWhole(wholes.get(stream) ?? text, isJson, redaction).slice(from, from + text.length);
  };
  return lines.map(({ line, value }) =>
    value === undefined ? line : `data: ${JSON.stringify(walk(value, top(value), redaction, write))}`
  ).join("");
}

/** A line of a stream: its JSON, or the line itself as far as it says nothing. */
function readLine(line: string): { readonly line: string; readonly value?: JsonObject } {
  if (/^[\r\n]*$/.test(line)) return { line };
  const [, field = "", text = ""] = /^(\w*): ?(.*)$/s.exec(line) ?? ["", "", line];
  if (field === "data") {
    const value = parseJson(text);
    if (isRecord(value)) return { line, value };
  }
  if (text === "[DONE]" || (field !== "data" && WORD.test(text))) return { line };
  return { line: `${line.slice(0, line.length - text.length)}${maskText(text)}` };
}

function maskWhole(text: string, isJson: boolean, redaction: Redaction): string {
  return isJson ? maskJsonText(text, (name) => replaceName(name, redaction.known)) : maskText(text);
}

function walk(value: unknown, spot: Spot, redaction: Redaction, mask: MaskPiece): unknown {
  if (typeof value === "string") return redactString(value, spot, redaction, mask);
  if (typeof value === "number") return redactNumber(value, spot);
  if (Array.isArray(value)) {
    // A list under `input` is a conversation; only an object there is the data of a tool call.
    const entrySpot = spot.key === "input" ? { ...spot, key: "" } : spot;
    return value.map((entry) => walk(entry, entrySpot, redaction, mask));
  }
  if (!isRecord(value)) return value;
  const inner = spot.isData || DATA.has(spot.key);
  const isNamed = NAMED_KEYS.has(spot.key) || spot.isNamed ||
    (DATA.has(spot.key) && !PROTOCOL_DATA.has(spot.key));
  const stream = spot.stream === undefined ? undefined : `${spot.stream} ${indexOf(value)}`;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => {
      const isDelta = key === "delta" && typeof value["object"] !== "string";
      const next: Spot = {
        key: NAMED_KEYS.has(spot.key) ? "" : key,
        holder: value,
        isData: inner,
        // Below a member of `properties` is a schema again; below data is data.
        isNamed: isNamed && inner,
        stream: isDelta
          ? `${String(value["type"])} ${indexOf(value)} ${spot.holder === value ? "" : indexOf(spot.holder)}`
          : stream === undefined
          ? undefined
          : `${stream} ${key}`,
      };
      const shown = !isPlainName(key) ? maskText(key) : isNamed ? replaceName(key, redaction.known) : key;
      return [shown, walk(entry, next, redaction, mask)];
    }),
  );
}

/** Which of several texts, items or choices a piece belongs to. */
function indexOf(value: JsonObject): string {
  return ["index", "output_index", "content_index", "summary_index"].map((key) => String(value[key] ?? ""))
    .join(",");
}

function redactNumber(value: number, { key, isData }: Spot): number {
  if (TIMES.has(key) && !isData) return RECORDED_AT;
  if (key === "bytes") return 0x78; // the bytes of a token in `logprobs`
  return isData ? Number(String(value).replaceAll(/\d/g, "1")) : value;
}

function redactString(text: string, spot: Spot, redaction: Redaction, mask: MaskPiece): string {
  const { key, holder, isData, stream } = spot;
  if (isData) return mask(text, false, stream);
  if (text.startsWith("data:")) return text.replace(/,.*$/s, ",AAAA");
  if (SEALED.has(key)) return sealed(text, redaction);
  if (ID_KEY.test(key)) return replaceId(text, redaction);
  if (ADDRESSES.has(key)) return replaced(text, "address", redaction, (n) => `https://example.com/${n}`);
  // A tool's, a schema's or a person's name; a built-in tool repeats its type: `web_search_20250305`, `web_search`.
  if (key === "name") return isBuiltIn(text, holder) ? text : replaceName(text, redaction.known);
  if (key === "required") return replaceName(text, redaction.known);
  if (key === "$ref") return replaceReference(text, redaction.known);
  // `detail` is a word, or what the backend says of a failure.
  if (WORDS.has(key) && WORD.test(text)) return text;
  if (key === "message" || key === "detail") return redactMessage(text, redaction);
  if (text.length > 64 && /^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return "AAAA";
  const prompt = redaction.prompts.find(([start]) => text.startsWith(start));
  if (prompt !== undefined) return prompt[1] + maskText(text.slice(prompt[0].length));
  const isJson = JSON_TEXTS.has(key) ||
    (key === "delta" && String(holder["type"]).includes("_call_arguments"));
  return mask(text, isJson, stream);
}

/** What the backend says of a failure is what a report is about: only what may be private in it goes. */
function redactMessage(text: string, redaction: Redaction): string {
  return text
    .replaceAll(/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, "person@example.com")
    .replaceAll(/\b(?:sk-|eyJ)[\w.-]{8,}/g, "SECRET")
    .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, (id) => replaceId(id, redaction))
    .replaceAll(
      /\b(?:[a-z]{2,8}_|(?:user|org|proj|file|acct)-)(?=\w*\d)[A-Za-z0-9_-]{8,}/g,
      (id) => replaceId(id, redaction),
    )
    .replaceAll(
      /'[^']*'|"[^"]*"|`[^`]*`/g,
      (quoted) => {
        const name = replacedName(quoted.slice(1, -1), redaction.known);
        if (name !== undefined) return quoted.charAt(0) + name + quoted.slice(-1);
        return WORD.test(quoted.slice(1, -1)) ? quoted : maskText(quoted);
      },
    );
}

function isBuiltIn(name: string, holder: JsonObject): boolean {
  const { type } = holder;
  return typeof type === "string" && name !== "" && type.startsWith(`${name}_`) && WORD.test(name);
}

/** `resp_0a1b...` becomes `resp_1`. Ids that this program makes become those of the golden cases. */
function replaceId(id: string, redaction: Redaction): string {
  if (id === "" || /^call_ccproxy_\d+$/.test(id)) return id;
  const own = /^([a-z]+[-_])([0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15})(_\d+)?$/.exec(id);
  if (own !== null) {
    const [, prefix = "", unique = "", rest = ""] = own;
    return prefix + replaced(unique, "own id", redaction, (n) => n === 1 ? OWN_ID : `${OWN_ID}${n}`) + rest;
  }
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) {
    return replaced(id, "uuid", redaction, (n) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`);
  }
  const prefix = /^[A-Za-z]{1,12}[_-]/.exec(id)?.[0] ?? "id_";
  return replaced(id, prefix, redaction, (n) => prefix + n);
}

/** Encrypted reasoning, also where it stands behind a mark of ours. */
function sealed(text: string, redaction: Redaction): string {
  if (text === "") return text;
  const mark = /^[a-z]+:/.exec(text)?.[0] ?? "";
  return mark + replaced(text.slice(mark.length), "sealed", redaction, (n) => `encrypted_${n}`);
}

function replaced(
  text: string,
  kind: string,
  { known, counts }: Redaction,
  make: (n: number) => string,
): string {
  const key = `${kind} ${text}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const count = (counts.get(kind) ?? 0) + 1;
  counts.set(kind, count);
  const replacement = make(count);
  known.set(key, replacement);
  return replacement;
}
