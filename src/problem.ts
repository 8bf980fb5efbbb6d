/**
 * The errors a user may see. One class, one table (hence its length): everything else that is thrown is a bug.
 *
 * Titles that appear in the user's guide are kept word for word, because users search for them.
 */

/** Process exit codes (behaviour.md#exit-codes): 0 done, 1 failed, 2 wrong usage, 3 login needed, 4 network. */
export type ExitCode = 0 | 1 | 2 | 3 | 4;

interface ProblemRow {
  /** first words of the message */
  readonly title: string;
  /** HTTP status when nothing more exact is known */
  readonly status: number;
  /** `error.type` in OpenAI's shape */
  readonly type: string;
  /** `error.code` in OpenAI's shape when nothing more exact is known */
  readonly apiCode: string | null;
  readonly exitCode: ExitCode;
  /** what the user can do; shown as the second line */
  readonly hint: string;
}

/** Every problem: title, HTTP status, OpenAI error type and code, exit code and what to do. */
export const PROBLEMS = {
  no_credentials: {
    title: "No valid OpenAI credentials found",
    status: 401,
    type: "authentication_error",
    apiCode: "no_credentials",
    exitCode: 3,
    hint: 'Run "ccproxy auth login-openai" (or "codex login") and try again',
  },
  refresh_failed: {
    title: "Token refresh failed",
    status: 401,
    type: "authentication_error",
    apiCode: "token_refresh_failed",
    exitCode: 3,
    hint: 'Run "ccproxy auth login-openai" to sign in again',
  },
  login_failed: {
    title: "Login failed",
    status: 401,
    type: "authentication_error",
    apiCode: "login_failed",
    exitCode: 1,
    hint:
      'Run "ccproxy auth login-openai" again, or "ccproxy auth login-openai --device" on a machine without a browser',
  },
  plan_required: {
    title: "ChatGPT Plus subscription required",
    status: 403,
    type: "permission_error",
    apiCode: "usage_not_included",
    exitCode: 1,
    hint:
      'Check the plan of this account with "ccproxy auth openai-info"; Codex needs a plan that includes it',
  },
  forbidden: {
    title: "Request refused by the ChatGPT backend",
    status: 403,
    type: "permission_error",
    apiCode: "forbidden",
    exitCode: 1,
    hint: 'Run "ccproxy doctor" to see what the backend answers from this machine',
  },
  session_not_found: {
    title: "Session not found",
    status: 404,
    type: "invalid_request_error",
    apiCode: "session_not_found",
    exitCode: 1,
    hint: "Leave the session id out, or use a new one, to start a new session",
  },
  session_busy: {
    title: "Session is busy",
    status: 409,
    type: "invalid_request_error",
    apiCode: "session_busy",
    exitCode: 1,
    hint: "Wait for the running turn of this session to end, or use another session id",
  },
  memory_unavailable: {
    title: "Stored conversations cannot be reached",
    status: 503,
    type: "server_error",
    apiCode: "memory_unavailable",
    exitCode: 1,
    hint: "Try again in a few moments, or send the whole conversation without a session or response id",
  },
  memory_busy: {
    title: "Another program holds the database of conversations",
    status: 503,
    type: "server_error",
    apiCode: "memory_unavailable",
    exitCode: 1,
    hint: "Try again in a few moments; if it stays locked, end the program that holds it",
  },
  memory_full: {
    title: "No room left for stored conversations",
    status: 507,
    type: "server_error",
    apiCode: "memory_full",
    exitCode: 1,
    hint: 'Free space on the disk, or delete conversations with "ccproxy sessions delete"',
  },
  memory_read_only: {
    title: "Stored conversations cannot be changed",
    status: 503,
    type: "server_error",
    apiCode: "memory_unavailable",
    exitCode: 1,
    hint: "Let this user write the database file and its folder, or name another file in storage.path",
  },
  memory_damaged: {
    title: "The database of conversations is damaged",
    status: 503,
    type: "server_error",
    apiCode: "memory_unavailable",
    exitCode: 1,
    hint: 'Restore it from a copy, or move it away to start a new one; "ccproxy doctor" looks at it',
  },
  not_storable: {
    title: "Too large to be remembered",
    status: 400,
    type: "invalid_request_error",
    apiCode: "not_storable",
    exitCode: 1,
    hint: "Send it in smaller or flatter pieces, or begin a new conversation",
  },
  response_not_found: {
    title: "Response not found",
    status: 404,
    type: "invalid_request_error",
    apiCode: null,
    exitCode: 1,
    hint: 'Only responses created with "store" not false are kept, for storage.response_ttl_days',
  },
  previous_response_not_found: {
    title: "Previous response not found",
    status: 400,
    type: "invalid_request_error",
    apiCode: "previous_response_not_found",
    exitCode: 1,
    hint: 'Send the whole conversation as "input", or the id of a response that is stored',
  },
  conversation_not_found: {
    title: "Conversation not found",
    status: 404,
    type: "invalid_request_error",
    apiCode: null,
    exitCode: 1,
    hint: "Create one with POST /codex/v1/conversations",
  },
  // The SDKs go by these two codes: they send the whole conversation and begin a new thread.
  thread_not_found: {
    title: "Thread not found",
    status: 404,
    type: "invalid_request_error",
    apiCode: "thread_not_found",
    exitCode: 1,
    hint: 'Send the whole conversation with "thread": {"type": "create"}',
  },
  thread_mismatch: {
    title: "Not the thread's own",
    status: 400,
    type: "invalid_request_error",
    apiCode: "thread_fingerprint_mismatch",
    exitCode: 1,
    hint: 'Leave it out, or send the whole conversation with "thread": {"type": "create"}',
  },
  item_not_found: {
    title: "Item not found",
    status: 404,
    type: "invalid_request_error",
    apiCode: null,
    exitCode: 1,
    hint: "Send the item itself: only items of stored responses and conversations are kept",
  },
  file_not_found: {
    title: "File not found",
    status: 404,
    type: "invalid_request_error",
    apiCode: "file_not_found",
    exitCode: 1,
    hint:
      "Upload it with POST /codex/v1/files, or send its content as data: files stored elsewhere cannot be seen",
  },
  model_not_available: {
    title: "Model not available",
    status: 404,
    type: "invalid_request_error",
    apiCode: "model_not_found",
    exitCode: 1,
    hint: 'Run "ccproxy codex info" to see the models of this account',
  },
  rate_limited: {
    title: "Rate limit exceeded",
    status: 429,
    type: "rate_limit_error",
    apiCode: "rate_limit_exceeded",
    exitCode: 1,
    hint: 'Wait until the limit resets; "ccproxy usage" shows when that is',
  },
  budget_used_up: {
    title: "The token budget of this key is used up",
    status: 429,
    type: "rate_limit_error",
    apiCode: "budget_used_up",
    exitCode: 1,
    hint: "Wait until the budget starts again, or ask the owner of this proxy for a larger one",
  },
  owner_only: {
    title: "Only for the owner of this proxy",
    status: 403,
    type: "permission_error",
    apiCode: "owner_only",
    exitCode: 1,
    hint: "Use the key of server.api_key: what all callers did and the account are not shown to named keys",
  },
  overloaded: {
    title: "The ChatGPT backend is overloaded",
    status: 503,
    type: "server_error",
    apiCode: "server_is_overloaded",
    exitCode: 4,
    hint: "Try again in a few moments",
  },
  backend_unreachable: {
    title: "Failed to connect to ChatGPT backend",
    status: 502,
    type: "server_error",
    apiCode: "backend_unreachable",
    exitCode: 4,
    hint: 'Check the network connection and the ChatGPT service status; "ccproxy doctor" looks at both',
  },
  backend_timeout: {
    title: "Failed to connect to ChatGPT backend",
    status: 504,
    type: "server_error",
    apiCode: "backend_timeout",
    exitCode: 4,
    hint: "Try again in a few moments",
  },
  backend_error: {
    title: "The ChatGPT backend failed",
    status: 502,
    type: "server_error",
    apiCode: "server_error",
    exitCode: 4,
    hint: "Try again in a few moments",
  },
  stream_cut: {
    title: "The answer of the ChatGPT backend ended too early",
    status: 502,
    type: "server_error",
    apiCode: "stream_cut",
    exitCode: 4,
    hint: "Send the request again; the part received so far is incomplete",
  },
  answer_too_large: {
    title: "Larger than allowed",
    status: 502,
    type: "server_error",
    apiCode: "answer_too_large",
    exitCode: 4,
    hint: "Try again later: whatever answered is faulty, or is not the backend",
  },
  answer_damaged: {
    title: "The answer of the ChatGPT backend is damaged",
    status: 502,
    type: "server_error",
    apiCode: "answer_damaged",
    exitCode: 4,
    hint: "Send the request again; the part received so far is incomplete",
  },
  bad_request: {
    title: "Invalid request",
    status: 400,
    type: "invalid_request_error",
    apiCode: null,
    exitCode: 2,
    hint: "Correct the request and send it again",
  },
  unsupported_parameter: {
    title: "Unsupported parameter",
    status: 400,
    type: "invalid_request_error",
    apiCode: "unsupported_parameter",
    exitCode: 2,
    hint: "Leave the parameter out",
  },
  backend_refused: {
    title: "The ChatGPT backend refused the request",
    status: 400,
    type: "invalid_request_error",
    apiCode: null,
    exitCode: 1,
    hint: "Correct the request and send it again",
  },
  not_found: {
    title: "Not found",
    status: 404,
    type: "invalid_request_error",
    apiCode: "not_found",
    exitCode: 1,
    hint: 'Run "ccproxy help routes" for the list of routes',
  },
  not_offered: {
    title: "Not offered",
    status: 404,
    type: "invalid_request_error",
    apiCode: "not_offered",
    exitCode: 1,
    hint: 'Run "ccproxy help routes" for the list of routes',
  },
  method_not_allowed: {
    title: "Method not allowed",
    status: 405,
    type: "invalid_request_error",
    apiCode: "method_not_allowed",
    exitCode: 1,
    hint: "Use a method that the route supports",
  },
  upgrade_refused: {
    title: "WebSocket is not served here",
    status: 426,
    type: "invalid_request_error",
    apiCode: "upgrade_required",
    exitCode: 1,
    hint: "Use POST with server-sent events on the same path",
  },
  socket_expired: {
    title: "Responses websocket connection limit reached",
    status: 400,
    type: "invalid_request_error",
    apiCode: "websocket_connection_limit_reached",
    exitCode: 1,
    hint: "Create a new websocket connection to continue",
  },
  body_too_large: {
    title: "Request body too large",
    status: 413,
    type: "invalid_request_error",
    apiCode: "request_too_large",
    exitCode: 1,
    hint: "Send a smaller body, or raise server.body_limit_mb",
  },
  unsupported_encoding: {
    title: "Unsupported content encoding",
    status: 415,
    type: "invalid_request_error",
    apiCode: "unsupported_content_encoding",
    exitCode: 1,
    hint: "Send the body as it is, or with gzip, br or zstd",
  },
  host_refused: {
    title: "Host not allowed",
    status: 403,
    type: "permission_error",
    apiCode: "host_not_allowed",
    exitCode: 1,
    hint: "Use a loopback address, or list the host in server.allowed_hosts",
  },
  origin_refused: {
    title: "Origin not allowed",
    status: 403,
    type: "permission_error",
    apiCode: "origin_not_allowed",
    exitCode: 1,
    hint: "List the origin in server.cors_origins to let its pages call this proxy",
  },
  api_key_refused: {
    title: "Incorrect API key provided",
    status: 401,
    type: "authentication_error",
    apiCode: "invalid_api_key",
    exitCode: 1,
    hint: 'Send the key of server.api_key as "Authorization: Bearer KEY" or "x-api-key: KEY"',
  },
  too_many_requests: {
    title: "Too many requests at once",
    status: 429,
    type: "rate_limit_error",
    apiCode: "too_many_concurrent_requests",
    exitCode: 1,
    hint: "Wait for running requests to end, or raise limits.concurrent_requests",
  },
  provider_disabled: {
    title: "OpenAI Codex provider is not enabled",
    status: 503,
    type: "server_error",
    apiCode: "provider_disabled",
    exitCode: 1,
    hint: 'Run "ccproxy config codex --enable"',
  },
  transcription_disabled: {
    title: "Transcription is not enabled",
    status: 403,
    type: "permission_error",
    apiCode: "transcription_disabled",
    exitCode: 1,
    hint: 'Set "transcription = true" in the table [codex] of the settings file',
  },
  shutting_down: {
    title: "ccproxy is shutting down",
    status: 503,
    type: "server_error",
    apiCode: "shutting_down",
    exitCode: 1,
    hint: "Try again when it is running again",
  },
  client_closed: {
    title: "The client closed the request",
    status: 499,
    type: "invalid_request_error",
    apiCode: "client_closed_request",
    exitCode: 1,
    hint: "Nothing to do: nobody is waiting for the answer",
  },
  usage: {
    title: "Wrong usage",
    status: 400,
    type: "invalid_request_error",
    apiCode: null,
    exitCode: 2,
    hint: 'Run "ccproxy help" to see the commands, and "ccproxy help COMMAND" what one takes',
  },
  config: {
    title: "Invalid configuration",
    status: 500,
    type: "server_error",
    apiCode: "invalid_configuration",
    exitCode: 2,
    hint: 'Correct or remove it there; "ccproxy help settings" lists every setting with its values',
  },
  file: {
    title: "Cannot use a file",
    status: 500,
    type: "server_error",
    apiCode: "file_error",
    exitCode: 1,
    hint: "Check that the path exists and that this user may read and write it",
  },
  not_installed: {
    title: "Client not found",
    status: 500,
    type: "server_error",
    apiCode: null,
    exitCode: 1,
    hint: "Install it, and make sure that its folder is on the PATH",
  },
  service_failed: {
    title: "The service manager refused",
    status: 500,
    type: "server_error",
    apiCode: null,
    exitCode: 1,
    hint: 'Correct what it says and run the command again; "ccproxy serve" runs the proxy without it',
  },
  output_failed: {
    title: "Standard output cannot be written",
    status: 500,
    type: "server_error",
    apiCode: null,
    exitCode: 1,
    hint: "Free space there, or write to another place: what was printed is incomplete",
  },
  port_busy: {
    title: "Cannot listen",
    status: 500,
    type: "server_error",
    apiCode: "port_busy",
    exitCode: 1,
    hint: 'Run "ccproxy serve --port 8001" for another port, or stop the program that uses it',
  },
  network: {
    title: "Network request failed",
    status: 502,
    type: "server_error",
    apiCode: "network",
    exitCode: 4,
    hint: 'Check the network connection; "ccproxy doctor" looks at it step by step',
  },
  update_failed: {
    title: "Update failed",
    status: 500,
    type: "server_error",
    apiCode: "update_failed",
    exitCode: 1,
    hint: "The program is as it was: try again later, or download the release by hand",
  },
  internal: {
    title: "Internal error",
    status: 500,
    type: "server_error",
    apiCode: "internal_error",
    exitCode: 1,
    hint: "This is a bug in ccproxy: please report it with the request id",
  },
} as const satisfies Record<string, ProblemRow>;

/** Name of a row of {@linkcode PROBLEMS}. */
export type ProblemCode = keyof typeof PROBLEMS;

/** What a {@linkcode Problem} can carry besides its code and detail. */
export interface ProblemOptions {
  /** HTTP status, when it differs from the table's */
  status?: number | undefined;
  /** the request parameter (or setting, or flag) at fault, e.g. `messages[2].role` */
  param?: string | undefined;
  /** `error.code`, when the backend gave a more exact one */
  apiCode?: string | null | undefined;
  /** `error.type`, when the backend gave a more exact one */
  type?: string | undefined;
  /** what to do, when it differs from the table's */
  hint?: string | undefined;
  /** when it differs from the table's: a refresh that failed for want of a network asks for no login */
  exitCode?: ExitCode | undefined;
  /** response headers that belong to the error, e.g. `retry-after` */
  headers?: Record<string, string> | undefined;
  cause?: unknown;
}

/**
 * An error a user may see: in a terminal, or as an HTTP error body.
 *
 * @example
 * ```ts
 * throw new Problem("bad_request", '"n" must be 1: found 2', { param: "n" });
 * ```
 */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: ProblemCode;
  /** what was found and what was needed: the message without its title */
  readonly detail: string | undefined;
  /** HTTP status */
  readonly status: number;
  readonly type: string;
  readonly apiCode: string | null;
  readonly param: string | undefined;
  readonly hint: string;
  readonly headers: Record<string, string>;
  readonly exitCode: ExitCode;

  /**
   * @param detail what was found and what was needed; never a token, a cookie or a prompt
   */
  constructor(code: ProblemCode, detail?: string, options: ProblemOptions = {}) {
    const row: ProblemRow = PROBLEMS[code];
    super(detail === undefined || detail === "" ? row.title : `${row.title}: ${detail}`);
    // Not enumerable, so that printing the error never prints what the cause holds (a Response, a request body).
    if (options.cause !== undefined) {
      Object.defineProperty(this, "cause", { value: options.cause, enumerable: false });
    }
    this.code = code;
    this.detail = detail === "" ? undefined : detail;
    this.status = options.status ?? row.status;
    this.type = options.type ?? row.type;
    this.apiCode = options.apiCode === undefined ? row.apiCode : options.apiCode;
    this.param = options.param;
    this.hint = options.hint ?? row.hint;
    this.headers = options.headers ?? {};
    this.exitCode = options.exitCode ?? row.exitCode;
  }
}

/** Any thrown value as a {@linkcode Problem}: itself, or `internal` with the value as cause. */
export function toProblem(thrown: unknown): Problem {
  return thrown instanceof Problem ? thrown : new Problem("internal", undefined, { cause: thrown });
}
