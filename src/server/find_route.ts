import type { Dialect } from "../dialects/dialect.ts";
import { RESPONSES } from "../dialects/responses/dialect.ts";
import { Problem } from "../problem.ts";
import { notOffered } from "./not_offered.ts";
import { RESERVED, type RouteParams, type RouteRow, ROUTES } from "./routes.ts";
import { checkSessionId } from "./session_id.ts";

/** The route of a request. */
export interface FoundRoute {
  readonly route: RouteRow;
  readonly params: RouteParams;
  /** whose shapes it speaks, unless its body says otherwise */
  readonly dialect: Dialect;
  /** the path with its variable parts as names, e.g. `/codex/{session_id}/responses`; for the log */
  readonly name: string;
}

/** The routes with their paths taken apart once. */
const COMPILED = ROUTES.map((route) => {
  const [first, ...rest] = segmentsOf(route.path);
  const hasPrefix = first === "P";
  return { route, hasPrefix, pattern: hasPrefix ? rest : segmentsOf(route.path) };
});

/** Whose shapes a path below a prefix speaks, by its first word: also where there is no route. */
const DIALECTS: ReadonlyMap<string | undefined, Dialect> = new Map(
  COMPILED.flatMap(({ route: { dialect }, pattern }) =>
    dialect === undefined ? [] : [[pattern[0], dialect] as const]
  ),
);

/** Dialects whose clients are known by their headers. */
const OWN_CLIENTS = [...new Set(DIALECTS.values())].filter(({ isClient }) => isClient !== undefined);

/**
 * Finds the route of a request.
 *
 * @throws Problem not_found or method_not_allowed naming the known routes, bad_request for a session id that cannot
 * be one
 */
export function findRoute(method: string, pathname: string): FoundRoute {
  const segments = segmentsOf(pathname).map(decodeSegment);
  const { prefix, session, rest } = splitPrefix(segments);
  const matches = matchesOf({ prefix, session, rest });
  const match = matches.find(({ route }) => route.method === method);
  if (match !== undefined) {
    if (session !== undefined) checkSessionId(session);
    const name = `${prefix}/${match.pattern.join("/").replaceAll(/:(\w+)/g, "{$1}")}`;
    const { route, variables } = match;
    return { route, params: { session, ...variables }, dialect: route.dialect ?? RESPONSES, name };
  }
  if (matches.length > 0) {
    const allowed = matches.map(({ route }) => route.method).join(", ");
    throw new Problem("method_not_allowed", `${shown(method)} ${shown(pathname)}; allowed: ${allowed}`, {
      headers: { allow: allowed },
    });
  }
  refuseNotOffered(pathname);
  if (segments[1] !== "v1" && hasReservedSession(segments)) checkSessionId(segments[1] ?? "");
  const meant = withoutDoubled(segments);
  if (meant === undefined && hasReservedSession(segments)) checkSessionId(segments[1] ?? "");
  throw new Problem(
    "not_found",
    meant === undefined
      ? `no route ${shown(method)} ${shown(pathname)}; known routes: ${knownRoutes()}`
      : `no route ${shown(method)} ${shown(pathname)}: "${shown(meant.twice)}" stands there twice`,
    meant === undefined ? {} : { hint: `Set the base URL of the client to ".../${shown(meant.base)}"` },
  );
}

/**
 * Refuses a path of the public API that a subscription cannot serve, unless it is a route with a session of that name.
 *
 * @throws Problem not_offered
 */
export function refuseNotOffered(pathname: string): void {
  const segments = segmentsOf(pathname);
  const path = splitPrefix(segments);
  if (matchesOf(path).length > 0) return;
  const row = notOffered(path.rest) ?? (segments[0] === "codex" ? notOffered(segments.slice(1)) : undefined);
  if (row === undefined) return;
  throw new Problem("not_offered", `${row.path}: ${row.why}`, { hint: row.instead });
}

/**
 * A path with a piece that stands there twice, `/v1/v1/` or `/chat/chat/`, because base URL and client both have it.
 *
 * @returns the piece, and the path of the base URL with which the client would come to a route
 */
function withoutDoubled(segments: readonly string[]): { twice: string; base: string } | undefined {
  for (const length of [1, 2]) {
    for (let at = 0; at + 2 * length <= segments.length; at++) {
      const piece = segments.slice(at, at + length);
      if (piece.some((segment, index) => segment !== segments[at + length + index])) continue;
      const path = segments.toSpliced(at, length);
      const { prefix, rest } = splitPrefix(path);
      const isRoute = COMPILED.some(({ hasPrefix, pattern }) =>
        hasPrefix === (prefix !== "") && readVariables(pattern, rest) !== undefined
      );
      if (!isRoute) continue;
      return { twice: `/${piece.join("/")}`, base: path.slice(0, path.length - rest.length).join("/") };
    }
  }
  return undefined;
}

/**
 * In whose shapes a request is refused: those of the caller's own SDK where its headers tell, else those of the path,
 * which need not be a route.
 */
export function dialectOfRefusal(headers: Headers, pathname: string): Dialect {
  const own = OWN_CLIENTS.find((dialect) => dialect.isClient?.(headers));
  return own ?? DIALECTS.get(splitPrefix(segmentsOf(pathname)).rest[0]) ?? RESPONSES;
}

interface SplitPath {
  /** "" for a path from the root */
  readonly prefix: string;
  readonly session: string | undefined;
  readonly rest: readonly string[];
}

/** Takes the prefix off: `/codex`, `/codex/v1`, `/codex/{session_id}`, `/codex/{session_id}/v1` or `/v1`. */
function splitPrefix(segments: readonly string[]): SplitPath {
  const [first, second] = segments;
  if (first === "v1") return { prefix: "/v1", session: undefined, rest: segments.slice(1) };
  if (first !== "codex") return { prefix: "", session: undefined, rest: segments };
  if (second === "v1") return { prefix: "/codex/v1", session: undefined, rest: segments.slice(2) };
  if (second === undefined || RESERVED.has(second)) {
    return { prefix: "/codex", session: undefined, rest: segments.slice(1) };
  }
  return segments[2] === "v1"
    ? { prefix: "/codex/{session_id}/v1", session: second, rest: segments.slice(3) }
    : { prefix: "/codex/{session_id}", session: second, rest: segments.slice(2) };
}

/** The rows that fit a path, whatever their method. */
function matchesOf({ prefix, rest }: SplitPath) {
  return COMPILED.flatMap(({ route, hasPrefix, pattern }) => {
    const variables = hasPrefix === (prefix !== "") ? readVariables(pattern, rest) : undefined;
    return variables === undefined ? [] : [{ route, pattern, variables }];
  });
}

/** The variable segments ("" for those the pattern has not); undefined when the path does not match. */
function readVariables(
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
function hasReservedSession([first, second = "", ...rest]: readonly string[]): boolean {
  const tail = rest[0] === "v1" ? rest.slice(1) : rest;
  return first === "codex" && RESERVED.has(second) &&
    COMPILED.some(({ hasPrefix, pattern }) => hasPrefix && readVariables(pattern, tail) !== undefined);
}

function segmentsOf(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}

function knownRoutes(): string {
  return ROUTES.map(({ method, path }) => `${method} ${path.replace(/^P/, "/codex/v1")}`).join(", ");
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
