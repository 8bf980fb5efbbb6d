/** JSON text, with comments where they are allowed, as nodes that know their place: for edits that keep all else. */
import { refuseText } from "./text_place.ts";

/** A value and where it stands: offsets in the text. */
export type JsonNode =
  | {
    readonly kind: "object";
    readonly start: number;
    readonly end: number;
    readonly members: readonly JsonMember[];
  }
  | {
    readonly kind: "array";
    readonly start: number;
    readonly end: number;
    readonly items: readonly JsonNode[];
  }
  | { readonly kind: "plain"; readonly start: number; readonly end: number; readonly value: unknown };

/** `"key": value`. */
export interface JsonMember {
  readonly key: string;
  readonly start: number;
  readonly value: JsonNode;
  /** offset of the comma behind it; undefined for a last one without */
  readonly comma: number | undefined;
}

/** Deeper nesting than this is no configuration, and would end in a stack overflow. */
const DEPTH_LIMIT = 64;
const BLANK = /[ \t\r\n]*/y;
// deno-lint-ignore no-control-regex -- JSON wants control characters escaped
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORD = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|true\b|false\b|null\b/y;

/**
 * Reads one value with nothing but blanks around it.
 *
 * @param comments whether comments, and a comma behind the last member, are allowed (JSONC)
 * @param file name for messages
 * @throws Problem "file" with `FILE:LINE:COLUMN: what is wrong`
 */
export function scanJson(text: string, comments: boolean, file: string): JsonNode {
  let at = text.startsWith("\uFEFF") ? 1 : 0;

  const fail = (detail: string, offset = at): never => refuseText(file, text, offset, detail);
  const found = () => at >= text.length ? "the end of the file" : JSON.stringify(text[at]);

  function take(pattern: RegExp): string | undefined {
    pattern.lastIndex = at;
    const taken = pattern.exec(text)?.[0];
    at += taken?.length ?? 0;
    return taken;
  }

  function skip(): void {
    while (true) {
      take(BLANK);
      if (!text.startsWith("//", at) && !text.startsWith("/*", at)) return;
      if (!comments) fail("comments are not allowed in this file");
      const start = at;
      if (take(/\/\/[^\n]*/y) === undefined && take(/\/\*[^]*?\*\//y) === undefined) {
        fail("a comment is not closed: needed */", start);
      }
    }
  }

  function readString(what: string): string {
    if (text[at] !== '"') fail(`${what} was expected in double quotes: found ${found()}`);
    const string = take(STRING) ?? fail("a string is not closed, or holds what must be escaped");
    const value: unknown = JSON.parse(string);
    return typeof value === "string" ? value : fail("a string cannot be read");
  }

  /** The comma or the closing bracket behind a member. */
  function readEnd(close: string): { comma: number | undefined; closed: boolean } {
    skip();
    const comma = text[at] === "," ? at++ : undefined;
    skip();
    const closed = text[at] === close;
    if (closed && comma !== undefined && !comments) fail(`a comma stands in front of "${close}"`, comma);
    if (!closed && comma === undefined) fail(`"," or "${close}" was expected: found ${found()}`);
    if (closed) at++;
    return { comma, closed };
  }

  function readObject(depth: number): JsonNode {
    const start = at++;
    const members: JsonMember[] = [];
    skip();
    if (text[at] === "}") return { kind: "object", start, end: ++at, members };
    while (true) {
      const memberStart = at;
      const key = readString('a name or "}"');
      if (members.some((member) => member.key === key)) {
        fail(`${JSON.stringify(key)} is there twice`, memberStart);
      }
      skip();
      if (text[at] !== ":") fail(`":" was expected: found ${found()}`);
      at++;
      const value = readValue(depth);
      const { comma, closed } = readEnd("}");
      members.push({ key, start: memberStart, value, comma });
      if (closed) return { kind: "object", start, end: at, members };
    }
  }

  function readArray(depth: number): JsonNode {
    const start = at++;
    const items: JsonNode[] = [];
    skip();
    if (text[at] === "]") return { kind: "array", start, end: ++at, items };
    while (true) {
      items.push(readValue(depth));
      if (readEnd("]").closed) return { kind: "array", start, end: at, items };
    }
  }

  function readValue(depth: number): JsonNode {
    skip();
    if (depth > DEPTH_LIMIT) fail(`values are nested deeper than ${DEPTH_LIMIT} levels`);
    if (text[at] === "{") return readObject(depth + 1);
    if (text[at] === "[") return readArray(depth + 1);
    const start = at;
    if (text[at] === '"') return { kind: "plain", start, value: readString("a text"), end: at };
    const word = take(WORD) ?? fail(`a value was expected: found ${found()}`);
    return { kind: "plain", start, value: JSON.parse(word), end: at };
  }

  const root = readValue(0);
  skip();
  if (at < text.length) fail(`nothing more was expected: found ${found()}`);
  return root;
}

/** The value of a node. */
export function jsonValue(node: JsonNode): unknown {
  switch (node.kind) {
    case "object":
      return Object.fromEntries(node.members.map(({ key, value }) => [key, jsonValue(value)]));
    case "array":
      return node.items.map(jsonValue);
    case "plain":
      return node.value;
    default:
      return node satisfies never;
  }
}

/** The member at a path of names. */
export function memberAt(node: JsonNode, path: readonly string[]): JsonMember | undefined {
  const [name, ...rest] = path;
  const member = node.kind === "object" ? node.members.find(({ key }) => key === name) : undefined;
  return member === undefined || rest.length === 0 ? member : memberAt(member.value, rest);
}
