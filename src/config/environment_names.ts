import { CONFIG_VARIABLE, ENV_PREFIX, envName } from "./environment.ts";
import { LEGACY_SETTINGS, SETTING_KEYS } from "./settings.ts";

/** Our own variables that are no settings. */
const OWN_VARIABLES = [
  CONFIG_VARIABLE,
  "CCPROXY_AUTH_JSON",
  "CCPROXY_ACCESS_TOKEN",
  "CCPROXY_DEBUG",
  "CCPROXY_UPDATE_BASE",
] as const;

/** Variables of the system, of clients and of proxies that the program reads. */
const OTHER_VARIABLES = [
  "CODEX_HOME",
  "CODEX_ACCESS_TOKEN",
  "CODEX_AUTHAPI_BASE_URL",
  "CLAUDE_CONFIG_DIR",
  "CONTINUE_GLOBAL_DIR",
  "AICHAT_CONFIG_DIR",
  "AICHAT_CONFIG_FILE",
  "SHELL",
  "ZDOTDIR",
  "TMPDIR",
  "TEMP",
  "TMP",
  "HOME",
  "USERPROFILE",
  "APPDATA",
  "LOCALAPPDATA",
  "XDG_CONFIG_HOME",
  "XDG_STATE_HOME",
  "XDG_CACHE_HOME",
  "NO_COLOR",
  "TERM",
  "COLUMNS",
  "SSH_CONNECTION",
  "BROWSER",
  "VISUAL",
  "EDITOR",
  "DISPLAY",
  "WAYLAND_DISPLAY",
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
  "OTEL_EXPORTER_OTLP_HEADERS",
  "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
  "OTEL_SERVICE_NAME",
  "OTEL_SDK_DISABLED",
  "HTTPS_PROXY",
  "https_proxy",
  "ALL_PROXY",
  "all_proxy",
  "NO_PROXY",
  "no_proxy",
] as const;

/** What an executable may read of the environment, as Deno's `--allow-env` wants it: our prefix, and single names. */
export const ALLOWED_VARIABLES: readonly string[] = [`${ENV_PREFIX}*`, ...OTHER_VARIABLES];

/** Every variable that any part of the program asks for. They are read once, and the permission is given back. */
export const VARIABLES: readonly string[] = [
  ...OWN_VARIABLES,
  ...OTHER_VARIABLES,
  ...SETTING_KEYS.map(envName),
  ...Object.keys(LEGACY_SETTINGS).map(envName),
];
