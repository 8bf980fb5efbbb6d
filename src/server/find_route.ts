import { Problem } from "../problem.ts";
import { RESERVED, type Route, ROUTES } from "./routes.ts";
import { checkSessionId } from "./session_id.ts";

/** The routes with their patterns taken apart once. */
const COMPILED = ROUTES.map((row) => ({ row, pattern: segmentsOf(row.pattern) }));

/**
 * Finds the route of a request.
 *
 * @throws Problem not_found or method_not_allowed naming the known routes, bad_request for a session id that cannot
 * be one
 */
export function findRoute(method: string, pathname: string): Route {
  const segments = segmentsOf(pathname).map(decodeSegment);
  const place = locate(segments);
  const below = place.prefix === "" ? "root" : "prefix";
  const matches = COMPILED.flatMap(({ row, pattern }) => {
    const parts = row.below === below ? match(pattern, place.rest) : undefined;
    return parts === undefined ? [] : [{ row, parts }];
  });
  const found = matches.find(({ row }) => row.method === method);
  if (found !== undefined) {
    if (place.sessionId !== undefined) checkSessionId(place.sessionId);
    return {
      endpoint: found.row.endpoint(found.parts.id, found.parts.item),
      sessionId: place.sessionId,
      name: `${place.prefix}/${found.row.pattern.replace(":id", "{id}").replace(":item", "{item}")}`,
    };
  }
  if (matches.length > 0) {
    const allowed = matches.map(({ row }) => row.method).join(", ");
    throw new Problem("method_not_allowed", `${shown(method)} ${shown(pathname)}; allowed: ${allowed}`, {
      headers: { allow: allowed },
    });
  }
  const reserved = reservedSession(segments);
  if (reserved !== undefined) throw reserved;
  throw new Problem(
    "not_found",
    `no route ${shown(method)} ${shown(pathname)}; known routes: ${knownRoutes()}`,
  );
}

interface Place {
  readonly prefix: string;
  readonly sessionId: string | undefined;
  readonly rest: readonly string[];
}

/** Takes the prefix off: `/codex`, `/codex/v1`, `/codex/{session_id}`, `/codex/{session_id}/v1` or `/v1`. */
function locate(segments: readonly string[]): Place {
  const [first, second] = segments;
  if (first === "v1") return { prefix: "/v1", sessionId: undefined, rest: segments.slice(1) };
  if (first !== "codex") return { prefix: "", sessionId: undefined, rest: segments };
  if (second === "v1") return { prefix: "/codex/v1", sessionId: undefined, rest: segments.slice(2) };
  if (second === undefined || RESERVED.has(second)) {
    return { prefix: "/codex", sessionId: undefined, rest: segments.slice(1) };
  }
  return segments[2] === "v1"
    ? { prefix: "/codex/{session_id}/v1", sessionId: second, rest: segments.slice(3) }
    : { prefix: "/codex/{session_id}", sessionId: second, rest: segments.slice(2) };
}

/** The variable segments ("" for those the pattern has not); undefined when the path does not match. */
function match(
  pattern: readonly string[],
  path: readonly string[],
): { id: string; item: string } | undefined {
  if (pattern.length !== path.length) return undefined;
  const found = { id: "", item: "" };
  for (const [index, segment] of pattern.entries()) {
    const value = path[index] ?? "";
    if (segment === ":id") found.id = value;
    else if (segment === ":item") found.item = value;
    else if (segment !== value) return undefined;
  }
  return found;
}

/** `/codex/models/responses` and the like: somebody took a reserved word for a session id. */
function reservedSession(segments: readonly string[]): Problem | undefined {
  const [first, second, ...rest] = segments;
  if (first !== "codex" || second === undefined || !RESERVED.has(second)) return undefined;
  const tail = rest[0] === "v1" ? rest.slice(1) : rest;
  const isRoute = COMPILED.some(({ row, pattern }) =>
    row.below === "prefix" && match(pattern, tail) !== undefined
  );
  if (!isRoute) return undefined;
  return new Problem(
    "bad_request",
    `"session_id" must not be ${JSON.stringify(second)}: it is the name of a route`,
    {
      param: "session_id",
    },
  );
}

function segmentsOf(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}

function knownRoutes(): string {
  return ROUTES.map((row) => `${row.method} ${row.below === "root" ? "" : "/codex/v1"}/${row.pattern}`).join(
    ", ",
  );
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new Problem("bad_request", "the path has a percent sign that begins no escape");
  }
}

function shown(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
