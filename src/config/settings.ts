/**
 * The table of all settings (hence its length): one row each. Type, environment name, flag, validation and documentation follow from
 * the row, so a new setting is a new row and nothing else.
 */

interface RowBase {
  /** one line for the page of settings and for help; no full stop at the end */
  readonly doc: string;
  /** false: the running server keeps the old value until it is started again */
  readonly live: boolean;
  /** name of the `serve` flag that sets it, without the dashes */
  readonly flag?: string;
  /** true: masked wherever it is shown */
  readonly secret?: true;
}

/** What a text must look like beyond being a text; {@linkcode TEXT_FORMATS} in text_formats.ts has the rules. */
export type TextFormat =
  | "any"
  | "listen_host"
  | "visible"
  | "api_url"
  | "redis_url"
  | "path"
  | "instructions"
  | "version"
  | "price"
  | "host_name"
  | "origin";

/** A row of {@linkcode SETTINGS}. */
export type Row =
  | RowBase & { readonly type: "text"; readonly default: string; readonly format: TextFormat }
  | RowBase & {
    readonly type: "integer";
    readonly default: number;
    /** smallest value allowed, in the unit that the name tells */
    readonly min: number;
    /** largest value allowed, in the unit that the name tells */
    readonly max: number;
  }
  | RowBase & { readonly type: "boolean"; readonly default: boolean }
  | RowBase & { readonly type: "choice"; readonly default: string; readonly choices: readonly string[] }
  | RowBase & { readonly type: "list"; readonly default: readonly string[]; readonly format: TextFormat }
  | RowBase & {
    readonly type: "map";
    readonly default: Readonly<Record<string, string>>;
    /** what each of its texts must look like, none of them empty; any visible text unless told */
    readonly format?: TextFormat;
  };

/** The largest value of settings without a natural limit. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

/** Every setting, under `section.key` as in the TOML file. */
export const SETTINGS = {
  "server.host": {
    type: "text",
    format: "listen_host",
    default: "127.0.0.1",
    live: false,
    flag: "host",
    doc: "Address to listen on; any other than loopback needs server.api_key",
  },
  "server.port": {
    type: "integer",
    min: 0,
    max: 65535,
    default: 8000,
    live: false,
    flag: "port",
    doc: "Port to listen on; 0 takes a free one",
  },
  "server.api_key": {
    type: "text",
    format: "visible",
    default: "",
    live: true,
    flag: "api-key",
    secret: true,
    doc: "Key that clients must send; empty asks for none",
  },
  "server.allowed_hosts": {
    type: "list",
    format: "host_name",
    default: [],
    live: true,
    doc: "Host names, besides loopback names, under which clients may reach the proxy",
  },
  "server.cors_origins": {
    type: "list",
    format: "origin",
    default: [],
    live: true,
    doc: "Origins whose web pages may call the proxy",
  },
  "server.page_prompts": {
    type: "boolean",
    default: false,
    live: true,
    doc: "Whether the page at / shows words of prompts; they are kept in memory, for the last requests only",
  },
  "server.body_limit_mb": {
    type: "integer",
    min: 1,
    max: 1024,
    default: 64,
    live: true,
    doc: "Largest request body in MiB, after decompression",
  },
  "server.websocket": {
    type: "boolean",
    default: true,
    live: true,
    doc: "Serve WebSocket on the responses routes; off: an upgrade gets 426, and clients go on over HTTP",
  },
  "server.shutdown_grace_seconds": {
    type: "integer",
    min: 0,
    max: 3600,
    default: 30,
    live: true,
    doc: "How long running answers may go on after the first SIGTERM",
  },

  "codex.enabled": {
    type: "boolean",
    default: true,
    live: true,
    doc: "Off: the routes answer 503",
  },
  "codex.transcription": {
    type: "boolean",
    default: false,
    live: true,
    doc:
      "Serve audio/transcriptions; the endpoint behind it is outside Codex and often guarded by a browser check",
  },
  "codex.enable_dynamic_model_info": {
    type: "boolean",
    default: true,
    live: true,
    doc: "Take the model list from the backend; off: the built-in list",
  },
  "codex.max_output_tokens_fallback": {
    type: "integer",
    min: 1,
    max: NO_LIMIT,
    default: 8192,
    live: true,
    doc: "Output limit shown for a model whose catalogue entry has none; never sent to the backend",
  },
  "codex.unsupported_params": {
    type: "choice",
    choices: ["ignore", "propagate", "block"],
    default: "ignore",
    live: true,
    doc:
      "What happens to parameters the backend does not know: left out and reported, sent on, or refused with 400",
  },
  "codex.system_prompt_injection_mode": {
    type: "choice",
    choices: ["override", "append", "disabled"],
    default: "override",
    live: true,
    doc: "The prompt in front of a conversation: ours, ours and then the client's, or the client's alone",
  },
  "codex.verbose_logging": {
    type: "boolean",
    default: false,
    live: true,
    doc: "Write requests and answers to the log, without secrets and cut to a stated length",
  },
  "codex.header_override_enabled": {
    type: "boolean",
    default: true,
    live: true,
    doc: "A client's own Codex headers win over those of the proxy",
  },
  "codex.base_url": {
    type: "text",
    format: "api_url",
    default: "https://chatgpt.com/backend-api/codex",
    live: true,
    doc: "Where the ChatGPT backend is; plain http only on loopback",
  },
  "codex.default_model": {
    type: "text",
    format: "visible",
    default: "",
    live: true,
    doc: "Model for requests that name none; empty: the first of the catalogue",
  },
  "codex.model_aliases": {
    type: "map",
    default: {},
    live: true,
    doc: "Further names for models, added to the built-in ones: alias to model",
  },
  "codex.reasoning_output": {
    type: "choice",
    choices: ["tags", "field", "both", "none"],
    default: "tags",
    live: true,
    doc:
      "Where chat answers show reasoning: <thinking> tags in the text, the field reasoning_content, both, or nowhere",
  },
  "codex.instructions": {
    type: "text",
    format: "instructions",
    default: "",
    live: true,
    doc: 'The prompt: empty for the built-in one, "file:PATH", the text itself, or "catalogue"',
  },
  "codex.client_version": {
    type: "text",
    format: "version",
    default: "",
    live: true,
    doc: "Codex version that the backend sees; empty: the built-in one",
  },
  "codex.lite": {
    type: "choice",
    choices: ["auto", "always", "never"],
    default: "auto",
    live: true,
    doc: "Whether requests go out in the lite shape; auto: where the standard one was refused",
  },
  "codex.transport": {
    type: "choice",
    choices: ["auto", "sse", "websocket"],
    default: "auto",
    live: true,
    doc:
      "How requests go out: auto, a WebSocket with POST to fall back on; sse, POST; websocket, tried anew each time",
  },

  "auth.issuer": {
    type: "text",
    format: "api_url",
    default: "https://auth.openai.com",
    live: false,
    doc: "Where logins and refreshes go; plain http only on loopback",
  },
  "auth.file": {
    type: "text",
    format: "path",
    default: "",
    live: false,
    doc: "Credentials file; empty: $CODEX_HOME/auth.json or ~/.codex/auth.json",
  },
  "auth.allowed_workspace_id": {
    type: "list",
    format: "visible",
    default: [],
    live: true,
    doc: "Workspaces a login may be for; empty: any",
  },
  "auth.redirect_host": {
    type: "choice",
    choices: ["127.0.0.1", "localhost"],
    default: "127.0.0.1",
    live: true,
    doc: "Host on which the browser login is received",
  },
  "auth.login_timeout_seconds": {
    type: "integer",
    min: 10,
    max: 3600,
    default: 300,
    live: true,
    doc: "How long a login waits for the browser",
  },

  "storage.enabled": {
    type: "boolean",
    default: true,
    live: false,
    doc: "Keep sessions and stored responses on disk; off: in memory until the end of the process",
  },
  "storage.path": {
    type: "text",
    format: "path",
    default: "",
    live: false,
    doc: "Database file; empty: ccproxy.db in the state directory",
  },
  "storage.url": {
    type: "text",
    format: "redis_url",
    default: "",
    live: false,
    secret: true,
    doc: "redis:// or rediss:// address of a store shared by several proxies; empty: the database file",
  },
  "storage.session_ttl_hours": {
    type: "integer",
    min: 1,
    max: 876_000,
    default: 24,
    live: true,
    doc: "Sessions idle for longer are forgotten",
  },
  "storage.response_ttl_days": {
    type: "integer",
    min: 1,
    max: 36_500,
    default: 30,
    live: true,
    doc: "Stored responses older than this are forgotten",
  },
  "storage.max_size_mb": {
    type: "integer",
    min: 1,
    max: 1_048_576,
    default: 1024,
    live: true,
    doc: "Size of the store in MiB above which the oldest entries go",
  },
  "storage.max_unnamed_sessions": {
    type: "integer",
    min: 1,
    max: 1_000_000,
    default: 500,
    live: true,
    doc: "Sessions that no client named, kept at most; above that the oldest go",
  },
  "storage.max_unnamed_mb": {
    type: "integer",
    min: 1,
    max: 1_048_576,
    default: 256,
    live: true,
    doc: "Size in MiB of the sessions that no client named, above which the oldest of them go",
  },
  "storage.usage_days": {
    type: "integer",
    min: 1,
    max: 3650,
    default: 90,
    live: true,
    doc: "How long each request is kept for ccproxy usage; older ones are summed by day",
  },

  "usage.prices": {
    type: "map",
    format: "price",
    default: {},
    live: true,
    doc:
      "Prices of models for a million tokens, input/cached/output, such as 1.25/0.125/10, for ccproxy usage",
  },
  "usage.codex_streams": {
    type: "boolean",
    default: false,
    live: true,
    doc: "Count the tokens of streams that Codex clients get by POST, which are else handed on unread",
  },

  "limits.concurrent_requests": {
    type: "integer",
    min: 1,
    max: 100_000,
    default: 256,
    live: true,
    doc: "Requests to models answered at once; more get 429",
  },
  "limits.header_timeout_seconds": {
    type: "integer",
    min: 1,
    max: 3600,
    default: 120,
    live: true,
    doc: "How long the backend may take until its response headers",
  },
  "limits.first_event_seconds": {
    type: "integer",
    min: 0,
    max: 3600,
    default: 60,
    live: true,
    doc:
      "Silence before the first event after which a request is sent once more; 1 s more for each 20 kB; 0: never",
  },
  "limits.idle_timeout_seconds": {
    type: "integer",
    min: 1,
    max: 86_400,
    default: 300,
    live: true,
    doc: "How long the backend may be silent within an answer, and a client may take nothing of it",
  },
  "limits.answer_timeout_seconds": {
    type: "integer",
    min: 1,
    max: 86_400,
    default: 7200,
    live: true,
    doc:
      "How long a Codex client's stream, which is handed on untouched, may take from its beginning to its end",
  },
  "limits.body_budget_mb": {
    type: "integer",
    min: 1,
    max: 65_536,
    default: 64,
    live: true,
    doc: "MiB of request bodies over 256 KiB in work at once; more wait a minute at most, then get 429",
  },
  "limits.event_limit_mb": {
    type: "integer",
    min: 1,
    max: 256,
    default: 128,
    live: true,
    doc: "Largest single event of an answer in MiB; a generated picture is one event",
  },
  "limits.answer_limit_mb": {
    type: "integer",
    min: 1,
    max: 4096,
    default: 256,
    live: true,
    doc: "Most that is read of one answer in MiB; a Codex client's answers pass through without a limit",
  },
  "limits.reserve_percent": {
    type: "integer",
    min: 0,
    max: 90,
    default: 0,
    live: true,
    doc: "Part of each of the plan's limits that is left unused; requests then fail with 429",
  },
  "limits.reserve_five_hours_percent": {
    type: "integer",
    min: 0,
    max: 90,
    default: 0,
    live: true,
    doc: "The same for the 5 h limit, where it is more than limits.reserve_percent",
  },
  "limits.reserve_weekly_percent": {
    type: "integer",
    min: 0,
    max: 90,
    default: 0,
    live: true,
    doc: "The same for the weekly limit, where it is more than limits.reserve_percent",
  },
  "limits.warn_percent": {
    type: "integer",
    min: 0,
    max: 100,
    default: 80,
    live: true,
    doc:
      "Use of a limit from which the log warns, and answers carry x-ccproxy-limit-warning; 0 warns of nothing",
  },
  "limits.keepalive_seconds": {
    type: "integer",
    min: 0,
    max: 600,
    default: 15,
    live: true,
    doc: "Pause between SSE comments while the backend is silent; 0 sends none",
  },
  "limits.websockets": {
    type: "integer",
    min: 1,
    max: 100_000,
    default: 1000,
    live: true,
    doc: "WebSockets of clients that may be open; one more closes the one that was idle longest",
  },
  "limits.websocket_seconds": {
    type: "integer",
    min: 1,
    max: 86_400,
    default: 3600,
    live: true,
    doc: "Age at which a client's WebSocket is closed, once its running answers have ended",
  },
  "limits.websocket_message_mb": {
    type: "integer",
    min: 1,
    max: 64,
    default: 16,
    live: true,
    doc: "Largest message that a client may send over WebSocket in MiB",
  },
  "limits.session_wait_seconds": {
    type: "integer",
    min: 0,
    max: 3600,
    default: 60,
    live: true,
    doc: "How long a turn waits for the running turn of its session before it gets 409",
  },

  "log.level": {
    type: "choice",
    choices: ["debug", "info", "warn", "error"],
    default: "info",
    live: true,
    flag: "log-level",
    doc: "The least important lines that are written",
  },
  "log.format": {
    type: "choice",
    choices: ["text", "json"],
    default: "text",
    live: true,
    flag: "log-format",
    doc: "Form of the log lines",
  },
} as const satisfies Record<string, Row>;

/** Name of a setting: `section.key`. */
export type SettingKey = keyof typeof SETTINGS;

type ValueOf<R extends Row> = R extends { readonly type: "choice"; readonly choices: readonly (infer C)[] }
  ? C
  : R["type"] extends "integer" ? number
  : R["type"] extends "boolean" ? boolean
  : R["type"] extends "list" ? readonly string[]
  : R["type"] extends "map" ? Readonly<Record<string, string>>
  : string;

/** All settings with their values: `settings["server.port"]` is a number. */
export type Settings = { readonly [K in SettingKey]: ValueOf<(typeof SETTINGS)[K]> };

/** A value of any setting. */
export type SettingValue = Settings[SettingKey];

/** True for the name of a setting. */
export function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(SETTINGS, key);
}

/** The names of all settings, in the order of the table. */
export const SETTING_KEYS: readonly SettingKey[] = Object.keys(SETTINGS).filter(isSettingKey);

/** The row of a setting. */
export function rowOf(key: SettingKey): Row {
  return SETTINGS[key];
}

/**
 * Settings that were read in other forms once and still are: the boolean of the guide's first version.
 *
 * Where a file or the environment holds both forms, the present one counts.
 */
export const LEGACY_SETTINGS = {
  "codex.propagate_unsupported_params": {
    key: "codex.unsupported_params",
    whenTrue: "propagate",
    whenFalse: "block",
  },
} as const;

/** Name of a row of {@linkcode LEGACY_SETTINGS}. */
export type LegacyKey = keyof typeof LEGACY_SETTINGS;

/** True for a name of {@linkcode LEGACY_SETTINGS}. */
export function isLegacyKey(key: string): key is LegacyKey {
  return Object.hasOwn(LEGACY_SETTINGS, key);
}
