/** The servers under measurement: how each is started, and the requests that make the program take each lane. */
import { hostTarget, permissionFlags } from "../../tools/permissions.ts";
import { childEnv } from "./child.ts";

/** A running server. */
export interface Server {
  readonly pid: number;
  readonly port: number;
  /** from spawning the process until its server info file could be read */
  readonly startMs: number;
  stop(): Promise<void>;
}

/** Where things are that every start needs. */
export interface Places {
  /** directory for this run; removed at its end */
  readonly temp: string;
  readonly denoDir: string;
  /** flags that make the @std packages resolve on this machine */
  readonly stdFlags: readonly string[];
  readonly upstreamPort: number;
}

/** A way through one of the servers. */
export interface Lane {
  readonly name: string;
  readonly server: "upstream" | "raw" | "identity" | "program";
  readonly path: string;
  readonly headers: Record<string, string>;
  /** the request, one user message for each text */
  body(texts: readonly string[]): unknown;
}

const UPSTREAM_PATH = "/backend-api/codex/responses";
const MODEL = "gpt-5.5";

function toInput(texts: readonly string[]): unknown[] {
  return texts.map((text) => ({ type: "message", role: "user", content: [{ type: "input_text", text }] }));
}

function codexBody(texts: readonly string[]): unknown {
  return {
    model: MODEL,
    instructions: "You are a helpful assistant.",
    input: toInput(texts),
    tools: [],
    tool_choice: "auto",
    parallel_tool_calls: true,
    reasoning: { effort: "medium", summary: "auto" },
    store: false,
    stream: true,
    include: ["reasoning.encrypted_content"],
    prompt_cache_key: "0199e2a4-77aa-7f10-b1c2-9f8e7d6c5b4a",
  };
}

function chatBody(stream: boolean) {
  return (texts: readonly string[]): unknown => ({
    model: MODEL,
    stream,
    messages: texts.map((content) => ({ role: "user", content })),
  });
}

/** What a Codex CLI 0.169 sends (backend.md#native-headers). */
const CODEX_HEADERS = {
  originator: "codex_exec",
  "user-agent": "codex_exec/0.169.0 (Debian 12.0.0; x86_64) xterm (codex_exec; 0.169.0)",
  version: "0.169.0",
  accept: "text/event-stream",
  "session-id": "0199e2a4-77aa-7f10-b1c2-9f8e7d6c5b4a",
  "thread-id": "0199e2a4-77aa-7f10-b1c2-9f8e7d6c5b4a",
};

const PLAIN_HEADERS = { accept: "*/*", "user-agent": "ccproxy-bench", authorization: "Bearer bench" };

/** Every way that is measured, `direct` and `raw` being what the others are compared with. */
export const LANES = {
  direct: {
    name: "direct",
    server: "upstream",
    path: UPSTREAM_PATH,
    headers: PLAIN_HEADERS,
    body: codexBody,
  },
  raw: { name: "raw", server: "raw", path: "/", headers: PLAIN_HEADERS, body: codexBody },
  identity: { name: "identity", server: "identity", path: "/", headers: PLAIN_HEADERS, body: codexBody },
  opaque: {
    name: "opaque",
    server: "program",
    path: "/codex/v1/responses",
    headers: CODEX_HEADERS,
    body: codexBody,
  },
  filtered: {
    name: "filtered",
    server: "program",
    path: "/codex/v1/responses",
    headers: PLAIN_HEADERS,
    body: (texts) => ({ model: MODEL, input: toInput(texts), stream: true, store: false }),
  },
  translated: {
    name: "translated",
    server: "program",
    path: "/codex/v1/chat/completions",
    headers: PLAIN_HEADERS,
    body: chatBody(true),
  },
  aggregated: {
    name: "aggregated",
    server: "program",
    path: "/codex/v1/chat/completions",
    headers: PLAIN_HEADERS,
    body: chatBody(false),
  },
} as const satisfies Record<string, Lane>;

/** Name of one of {@linkcode LANES}. */
export type LaneName = keyof typeof LANES;

function unsignedJwt(claims: unknown): string {
  const part = (value: unknown) =>
    new TextEncoder().encode(JSON.stringify(value)).toBase64({ alphabet: "base64url", omitPadding: true });
  return `${part({ alg: "none", typ: "JWT" })}.${part(claims)}.unsigned`;
}

/** A credentials file in the nested form that the Codex CLI writes, ten days from expiry. */
export async function writeCredentials(home: string): Promise<void> {
  const account = "5f0c1f4e-3a6b-4d53-9a52-0f6a3b1c2d4e";
  const claims = {
    email: "bench@example.com",
    iat: Math.floor(Date.now() / 1000),
    exp: Math.floor(Date.now() / 1000) + 864_000,
    "https://api.openai.com/auth": {
      chatgpt_account_id: account,
      chatgpt_plan_type: "plus",
      chatgpt_user_id: "user-bench",
    },
  };
  const tokens = {
    id_token: unsignedJwt(claims),
    access_token: unsignedJwt(claims),
    refresh_token: "bench-refresh",
    account_id: account,
  };
  await Deno.mkdir(`${home}/.codex`, { recursive: true });
  await Deno.writeTextFile(
    `${home}/.codex/auth.json`,
    JSON.stringify({
      auth_mode: "chatgpt",
      OPENAI_API_KEY: null,
      tokens,
      last_refresh: new Date().toISOString(),
    }),
    { mode: 0o600 },
  );
}

async function start(
  name: string,
  command: string[],
  infoPath: string,
  env: Record<string, string>,
): Promise<Server> {
  await Deno.remove(infoPath).catch(() => {});
  const startedMs = performance.now();
  const [program = "", ...args] = command;
  const process = new Deno.Command(program, {
    args,
    clearEnv: true,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const talk = new Response(process.stderr).text();
  let ended = false;
  const status = process.status.then((one) => {
    ended = true;
    return one;
  });
  for (;;) {
    const text = await Deno.readTextFile(infoPath).catch(() => "");
    if (text.endsWith("\n")) {
      const startMs = performance.now() - startedMs;
      const { port }: { port: number } = JSON.parse(text);
      return {
        pid: process.pid,
        port,
        startMs,
        async stop() {
          if (ended) return;
          process.kill("SIGTERM");
          const late = setTimeout(() => ended || process.kill("SIGKILL"), 3000);
          await status;
          clearTimeout(late);
          await talk;
        },
      };
    }
    if (ended) throw new Error(`${name} ended with ${(await status).code} before it listened\n${await talk}`);
    if (performance.now() - startedMs > 20_000) {
      process.kill("SIGKILL");
      throw new Error(`${name} did not listen within 20 s`);
    }
    await new Promise((wake) => setTimeout(wake, 1));
  }
}

/** Starts `raw`, `identity` or `hello`. */
export function startPassThrough(kind: string, places: Places): Promise<Server> {
  const infoPath = `${places.temp}/${kind}-${crypto.randomUUID()}.json`;
  const flags = ["-q", "--no-lock", "--no-prompt", "--allow-net=127.0.0.1", `--allow-write=${infoPath}`];
  const script = new URL("pass_through.ts", import.meta.url).pathname;
  const upstream = `http://127.0.0.1:${places.upstreamPort}${UPSTREAM_PATH}`;
  return start(
    kind,
    [Deno.execPath(), "run", ...flags, script, kind, infoPath, upstream],
    infoPath,
    childEnv(places.temp, places.denoDir),
  );
}

/**
 * Starts the program as its users run it: an executable (`CCPROXY_BIN`), or main.ts with the permissions that are
 * baked into executables.
 */
export async function startProgram(places: Places): Promise<Server> {
  const home = `${places.temp}/home-${crypto.randomUUID()}`;
  await writeCredentials(home);
  const infoPath = `${home}/server.json`;
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const binary = Deno.env.get("CCPROXY_BIN");
  const program = binary === undefined
    ? [
      Deno.execPath(),
      "run",
      ...places.stdFlags,
      ...permissionFlags(hostTarget()),
      main,
    ]
    : [binary];
  return await start(
    binary ?? "main.ts",
    [...program, "serve", "--port", "0", "--server-info", infoPath, "--log-level", "warn"],
    infoPath,
    {
      ...childEnv(home, places.denoDir),
      CCPROXY_CODEX__BASE_URL: `http://127.0.0.1:${places.upstreamPort}/backend-api/codex`,
      // What is measured is the way of bytes; sockets.ts compares the transports.
      CCPROXY_CODEX__TRANSPORT: "sse",
      // A catalogue fetch in the background would be measured as part of whatever runs at that moment.
      CCPROXY_CODEX__ENABLE_DYNAMIC_MODEL_INFO: "false",
      CCPROXY_LIMITS__CONCURRENT_REQUESTS: "5000",
    },
  );
}
