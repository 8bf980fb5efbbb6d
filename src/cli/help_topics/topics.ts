/** One page of the documentation, as `ccproxy help NAME` prints it. */
export interface Topic {
  readonly name: string;
  /** in `.github/docs/` */
  readonly file: string;
  /** what it is read for: no capital, no full stop */
  readonly summary: string;
}

/** The pages for users, in the order of the README. Names that are commands too are left to the commands. */
export const TOPICS: readonly Topic[] = [
  { name: "commands", file: "commands.md", summary: "every command with flags, examples and exit codes" },
  { name: "settings", file: "settings.md", summary: "the settings file, environment variables, defaults" },
  { name: "routes", file: "routes.md", summary: "every address, headers of answers, WebSocket" },
  { name: "parameters", file: "parameters.md", summary: "what becomes of each request parameter" },
  { name: "errors", file: "errors.md", summary: "every title and code, and what to do" },
  { name: "clients", file: "client_setup.md", summary: "settings for each client" },
  { name: "memory", file: "memory.md", summary: "sessions, stored responses, threads" },
  { name: "tracking", file: "keys_and_usage.md", summary: "keys for others, who used what, OpenTelemetry" },
  { name: "running", file: "running.md", summary: "systemd, launchd, Docker, CI, access tokens" },
  { name: "privacy", file: "privacy.md", summary: "what the program may do, what is stored where" },
  { name: "demo", file: "demo.md", summary: "what serve --demo understands" },
  { name: "performance", file: "performance.md", summary: "the benchmark, every figure" },
  { name: "comparison", file: "comparison.md", summary: "how it compares with other programs" },
  { name: "limits", file: "limits.md", summary: "what it does not do" },
  { name: "migrating", file: "migrating.md", summary: "from the Python ccproxy and ChatMock" },
];
