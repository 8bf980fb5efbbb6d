import {
  CLOUDFLARE_CHALLENGE,
  CONTEXT_LENGTH_EXCEEDED,
  DEACTIVATED_WORKSPACE,
  EMPTY_BODY,
  EMPTY_STREAM,
  htmlError,
  INVALID_WORKSPACE,
  overloaded,
  rateLimited,
  SERVER_ERROR,
  USAGE_NOT_INCLUDED,
  usageLimitReached,
  VALIDATION_LIST,
} from "../fake/failures.ts";
import type { Script } from "../fake/script.ts";
import { type AnswerRow, type Outcome, refused, refusedOnAll } from "./answer_row.ts";

const PAGE = { "content-type": "text/html" };
const JSON_TYPE = { "content-type": "application/json" };
/** An opaque client gets the backend's own status and words. */
const own = (status: number, text: RegExp): Outcome => ({ status, ends: "failed", text });
const detail = (status: number, text: string): Script => ({ status, body: { detail: text } });

/** The connection fails before there is an answer. */
const CONNECTION: readonly AnswerRow[] = [
  {
    fault: "the connection closes before the head",
    answer: () => ({ before: "close" }),
    sees: refusedOnAll(502, /Failed to connect to ChatGPT backend/),
    asks: 2,
    // Deno's fetch itself sends once more on a connection that had been idle; the program adds nothing to it.
    opaqueAsks: 2,
    log: "backend_unreachable",
  },
  {
    fault: "the connection is reset before the head",
    answer: () => ({ before: "reset" }),
    sees: refusedOnAll(502, /Failed to connect to ChatGPT backend/),
    asks: 2,
    // Deno's fetch itself sends once more on a connection that had been idle; the program adds nothing to it.
    opaqueAsks: 2,
    log: "backend_unreachable",
  },
  {
    fault: "nothing comes, not even a head",
    answer: () => ({ before: "stall" }),
    sees: refusedOnAll(504, /no answer within 1 s/),
    closes: true,
    log: "backend_timeout",
  },
  {
    fault: "bytes that are no HTTP",
    answer: () => ({ raw: "SSH-2.0-OpenSSH_9.9\r\n\r\n" }),
    sees: refusedOnAll(502, /Failed to connect to ChatGPT backend/),
    asks: 2,
    log: "backend_unreachable",
  },
  {
    fault: "a head that breaks off",
    answer: () => ({ raw: "HTTP/1.1 200 OK\r\ncontent-ty" }),
    sees: refusedOnAll(502, /Failed to connect to ChatGPT backend/),
    asks: 2,
    // The runtime itself sends once more on a connection that was idle (Deno 2.9.6).
    opaqueAsks: 2,
    log: "backend_unreachable",
  },
  {
    fault: "a head of 1 MB",
    answer: () => ({ headers: { "x-filler": "x".repeat(1_000_000) }, events: [] }),
    sees: refusedOnAll(502, /Failed to connect to ChatGPT backend/),
    asks: 2,
    opaqueAsks: 2,
    log: "backend_unreachable",
  },
];

/** Statuses that are no answer, and that a Response cannot even have. */
const STATUSES: readonly AnswerRow[] = [
  {
    fault: "status 101",
    answer: () => ({ raw: "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n" }),
    sees: refusedOnAll(502, /./),
    asks: 2,
    log: "backend_error",
  },
  {
    fault: "status 204",
    answer: () => ({ status: 204 }),
    sees: refused(502, /has no body|ended too early/),
    log: "stream_cut",
  },
  {
    fault: "status 205",
    answer: () => ({ status: 205, headers: { "content-length": "0" }, body: "" }),
    sees: refused(502, /has no body|ended too early/),
    log: "stream_cut",
  },
  {
    fault: "status 302 to another host",
    answer: () => ({ status: 302, headers: { location: "http://127.0.0.1:9/" }, body: "" }),
    sees: refusedOnAll(502, /redirect \(302\), which is not followed/),
    log: "backend_error",
  },
  {
    fault: "status 307 to another host",
    answer: () => ({ status: 307, headers: { location: "http://127.0.0.1:9/" }, body: "" }),
    sees: refusedOnAll(502, /redirect \(307\), which is not followed/),
    log: "backend_error",
  },
  {
    fault: "status 304",
    answer: () => ({ status: 304 }),
    sees: refusedOnAll(502, /304/),
    log: "backend_error",
  },
  ...[600, 700, 999].map((status): AnswerRow => ({
    fault: `status ${status}`,
    answer: () => ({ status, headers: JSON_TYPE, body: '{"detail":"What is this"}' }),
    sees: refusedOnAll(502, new RegExp(`${status}`)),
    asks: 2,
    log: "backend_error",
  })),
];

/** The backend refuses the request. */
const REFUSALS: readonly AnswerRow[] = [
  {
    fault: "400 with a text",
    answer: () => detail(400, "Instructions are required"),
    sees: { ...refused(400, /Instructions are required/), opaque: own(400, /^\{"detail":"Instr/) },
    // The lite lane is tried where the model is marked.
    asks: 2,
    log: "backend_refused",
  },
  {
    fault: "400 of the validator, a list",
    answer: () => VALIDATION_LIST,
    sees: { ...refused(400, /body\.input: field required/), opaque: own(400, /"loc"/) },
    // The lite lane is tried where the model is marked.
    asks: 2,
    log: "backend_refused",
  },
  {
    fault: "400 for a parameter that has a meaning",
    answer: () => detail(400, "Unsupported parameter: input"),
    sees: { ...refused(400, /Unsupported parameter: input/), opaque: own(400, /Unsupported/) },
    // The lite lane is tried where the model is marked.
    asks: 2,
    log: "backend_refused",
  },
  {
    fault: "400 for a context that is too long",
    answer: () => CONTEXT_LENGTH_EXCEEDED,
    sees: { ...refused(400, /exceeds the context window/), opaque: own(400, /context_length_exceeded/) },
    log: "backend_refused",
  },
  {
    fault: "400 for a model of another plan",
    answer: () =>
      detail(400, "The 'gpt-6.1-sol' model is not supported when using Codex with a ChatGPT account."),
    sees: { ...refused(404, /Model not available/), opaque: own(400, /not supported/) },
    // The lite lane is tried where the model is marked.
    asks: 2,
    log: "model_not_available",
  },
  {
    fault: "400 without a body",
    answer: () => ({ status: 400, body: "" }),
    sees: { ...refused(400, /refused the request/), opaque: own(400, /^$/) },
    log: "backend_refused",
  },
  {
    fault: "400 with a page",
    answer: () => ({ status: 400, headers: PAGE, body: "<html><title>Bad</title>secret</html>" }),
    sees: refusedOnAll(400, /HTML page titled \\"Bad\\"/),
    log: "backend_refused",
    never: /secret/,
  },
  {
    fault: "402, a workspace that is switched off",
    answer: () => DEACTIVATED_WORKSPACE,
    sees: { ...refused(403, /deactivated_workspace/), opaque: own(402, /deactivated_workspace/) },
    log: "forbidden",
  },
  {
    fault: "403, a browser check of Cloudflare",
    answer: () => CLOUDFLARE_CHALLENGE,
    sees: refusedOnAll(403, /Cloudflare asks this machine for a browser check/),
    log: "forbidden",
  },
  {
    fault: "403, a plan without Codex",
    answer: () => ({ ...USAGE_NOT_INCLUDED, status: 403 }),
    sees: { ...refused(403, /ChatGPT Plus subscription required/), opaque: own(403, /usage_not_included/) },
    log: "plan_required",
  },
  {
    fault: "403, a workspace that is not allowed",
    answer: () => INVALID_WORKSPACE,
    sees: { ...refused(403, /invalid_workspace_selected/), opaque: own(403, /invalid_workspace/) },
    log: "forbidden",
  },
  {
    fault: "404 of the outer service",
    answer: () => detail(404, "Not Found"),
    sees: { ...refused(404, /Not Found/), opaque: own(404, /Not Found/) },
    asks: 2,
    log: "backend_refused",
  },
  {
    fault: "413 of the edge, a page",
    answer: () => htmlError(413),
    sees: refusedOnAll(413, /HTML page titled \\"413 Bad Gateway\\"/),
    log: "backend_refused",
  },
  {
    fault: "422 with a body that is no JSON",
    answer: () => ({ status: 422, headers: JSON_TYPE, body: '{"detail": "half' }),
    sees: { ...refused(422, /half/), opaque: own(422, /half/) },
    log: "backend_refused",
  },
  {
    fault: "400 that says it is gzip and is not",
    answer: () => ({ status: 400, headers: { "content-encoding": "gzip" }, body: '{"detail":"plain"}' }),
    sees: refused(400, /refused the request/),
    log: "backend_refused",
  },
  {
    fault: "400 with control characters of a terminal",
    answer: () => detail(400, "a\x1b]0;pwned\x07 b\x9b31m c\u202e d"),
    sees: refused(400, /refused the request: a/),
    // The lite lane is tried where the model is marked.
    asks: 2,
    log: "backend_refused",
  },
  {
    fault: "400 with a body that never ends",
    answer: () => ({
      status: 400,
      headers: JSON_TYPE,
      events: [{ flood: "x".repeat(65_536), limitBytes: 2e9 }],
    }),
    sees: { ...refused(400, /refused the request/), opaque: own(400, /^x/) },
    closes: true,
    log: "backend_refused",
  },
  {
    fault: "400 with a body that stops in the middle",
    answer: () => ({
      status: 400,
      headers: JSON_TYPE,
      events: [{ bytes: '{"detail":"Bad' }, { stall: true }],
    }),
    sees: { ...refused(400, /refused the request/), opaque: own(400, /Bad/) },
    closes: true,
    log: "backend_refused",
  },
  {
    fault: "400 that quotes the access token",
    answer: () => ({ headers }) => detail(400, `Bad header: ${headers["authorization"]}`),
    sees: refused(400, /Bad header: Bearer \[hidden\]/),
    // The lite lane is tried where the model is marked.
    asks: 2,
    log: "backend_refused",
    never: /fakeSecret|eyJ/,
  },
  {
    fault: "400 that quotes the access token to a Codex client",
    answer: () => ({ headers }) => detail(400, `Bad header: ${headers["authorization"]}`),
    sees: { opaque: own(400, /Bad header/) },
    log: "backend_refused",
    never: /fakeSecret|eyJ/,
  },
];

/** A limit is reached. */
const LIMITS: readonly AnswerRow[] = [
  {
    fault: "429, the plan is used up",
    answer: () => usageLimitReached(),
    sees: { ...refused(429, /usage limit has been reached/), opaque: own(429, /usage_limit_reached/) },
    headers: { "retry-after": /^3[56]\d\d$/, "x-should-retry": /^false$/ },
    log: "rate_limited",
  },
  {
    fault: "429, too fast, the wait in the text",
    answer: () => rateLimited(1.2),
    sees: { ...refused(429, /Rate limit exceeded/), opaque: own(429, /rate_limit_exceeded/) },
    headers: { "retry-after": /^2$/ },
    log: "rate_limited",
  },
  {
    fault: "429, too fast, the wait in a header",
    answer: () => ({ status: 429, headers: { "retry-after": "7" }, body: { detail: "Too many requests" } }),
    sees: { ...refused(429, /Too many requests/), opaque: own(429, /Too many/) },
    headers: { "retry-after": /^7$/ },
    log: "rate_limited",
  },
  {
    fault: "429, a plan without Codex",
    answer: () => USAGE_NOT_INCLUDED,
    sees: { ...refused(403, /ChatGPT Plus subscription required/), opaque: own(429, /usage_not_included/) },
    log: "plan_required",
  },
  {
    fault: "429 without a body",
    answer: () => ({ status: 429, body: "" }),
    sees: { ...refused(429, /Rate limit exceeded/), opaque: own(429, /^$/) },
    log: "rate_limited",
  },
  {
    fault: "429 of the edge, a page",
    answer: () => htmlError(429),
    sees: refusedOnAll(429, /Rate limit exceeded: an HTML page/),
    log: "rate_limited",
  },
];

/** The backend or the edge in front of it is in trouble. */
const TROUBLE: readonly AnswerRow[] = [
  {
    fault: "500 as JSON",
    answer: () => SERVER_ERROR,
    sees: { ...refused(502, /server had an error/), opaque: own(500, /server had an error/) },
    log: "backend_error",
  },
  {
    fault: "500 as a page",
    answer: () => ({ status: 500, headers: PAGE, body: "<html><title>Oops</title>secret</html>" }),
    sees: refusedOnAll(502, /HTML page titled \\"Oops\\"/),
    log: "backend_error",
    never: /secret/,
  },
  {
    fault: "502 of the edge, every time",
    answer: () => htmlError(502),
    sees: refusedOnAll(502, /HTML page titled \\"502 Bad Gateway\\"/),
    asks: 3,
    log: "backend_error",
  },
  {
    fault: "503, overloaded, every time",
    answer: () => overloaded(),
    sees: { ...refused(503, /overloaded/), opaque: own(503, /server_is_overloaded/) },
    asks: 2,
    log: "overloaded",
  },
  {
    fault: "503, slow down, with a wait that is the client's to decide",
    answer: () => ({ ...overloaded("slow_down"), headers: { "retry-after": "60" } }),
    sees: { ...refused(503, /overloaded/), opaque: own(503, /slow_down/) },
    headers: { "retry-after": /^60$/ },
    log: "overloaded",
  },
  {
    fault: "504 of the edge, every time",
    answer: () => htmlError(504),
    sees: refusedOnAll(502, /HTML page titled \\"504 Bad Gateway\\"/),
    asks: 3,
    log: "backend_error",
  },
  {
    fault: "520 of the edge",
    answer: () => htmlError(520),
    sees: refusedOnAll(502, /HTML page titled \\"520 Bad Gateway\\"/),
    log: "backend_error",
  },
];

/** 200, and yet no answer. */
const EMPTY: readonly AnswerRow[] = [
  {
    fault: "200 with a page",
    answer: () => ({ headers: PAGE, body: "<html><title>Sign in</title>secret</html>" }),
    sees: refusedOnAll(502, /HTML page titled \\"Sign in\\"/),
    asks: 3,
    log: "backend_error",
    never: /secret/,
  },
  {
    fault: "200 with a page whose type is in capitals",
    answer: () => ({
      headers: { "content-type": "Text/HTML; charset=UTF-8" },
      body: "<html><title>Sign in</title>secret</html>",
    }),
    sees: refusedOnAll(502, /HTML page titled \\"Sign in\\"/),
    asks: 3,
    log: "backend_error",
    never: /secret/,
  },
  {
    fault: "200 with an object of JSON instead of events",
    answer: () => ({ body: { id: "resp_1", object: "response", status: "completed", output: [] } }),
    sees: refused(502, /ended too early/),
    log: "stream_cut",
  },
  {
    fault: "200 with JSON that breaks off",
    answer: () => ({ headers: JSON_TYPE, body: '{"id": "resp_' }),
    sees: refused(502, /ended too early/),
    log: "stream_cut",
  },
  {
    fault: "200 with a stream that has no byte",
    answer: () => EMPTY_STREAM,
    sees: { ...refused(502, /ended too early/), opaque: { status: 200, ends: "cut", text: /^$/ } },
    log: "stream_cut",
  },
  {
    fault: "200 with neither a body nor a type",
    answer: () => EMPTY_BODY,
    sees: { ...refused(502, /ended too early/), opaque: { status: 200, ends: "cut", text: /^$/ } },
    log: "stream_cut",
  },
  {
    fault: "200 that says it is gzip and is not",
    answer: () => ({ headers: { "content-encoding": "gzip" }, events: [{ bytes: "data: {}\n\n" }] }),
    sees: refused(502, /ended too early/),
    log: "stream_cut",
  },
];

/** What the backend does instead of an answer. */
export const INSTEAD_OF_AN_ANSWER: readonly AnswerRow[] = [
  ...CONNECTION,
  ...STATUSES,
  ...REFUSALS,
  ...LIMITS,
  ...TROUBLE,
  ...EMPTY,
];
