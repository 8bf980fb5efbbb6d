/**
 * The programs of others that `deno task bench --peers` measures: one row each, how it is installed from its public
 * registry (outside the checkout, exact version), started with its upstream on loopback, and asked. The pass-through
 * of Debian's nginx is the floor.
 */
import { installNpm, installPython, unpackDebian } from "../clients/install.ts";

/** What a client asks for: a streamed Chat Completions answer, or a streamed Responses answer. */
export type Api = "chat" | "responses";

/** Where a peer runs. */
export interface PeerPlace {
  /** what its `install` gave */
  readonly installed: string;
  /** an empty home with credentials of a made-up account in `.codex/auth.json` */
  readonly home: string;
  /** port to listen on */
  readonly port: number;
  /** `http://127.0.0.1:N` of the fake upstream, which takes a POST on any path */
  readonly upstream: string;
}

/** How a peer is started. */
export interface PeerStart {
  readonly command: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** configuration files by path */
  readonly files?: Readonly<Record<string, string>>;
}

/** A program of somebody else. */
export interface Peer {
  readonly name: string;
  readonly registry: "npm" | "PyPI" | "Debian";
  /** exact, or "" for whatever the distribution has: then `versionOf` asks the program */
  readonly version: string;
  /** paths of its routes, by API */
  readonly paths: Partial<Record<Api, string>>;
  /** sent with each request, given the upstream */
  headers?(upstream: string): Readonly<Record<string, string>>;
  /** what a reader of the table must know */
  readonly note?: string;
  /** @returns the folder or interpreter that `start` needs; rejects when it cannot be installed */
  install(): Promise<string>;
  start(place: PeerPlace): PeerStart;
}

const CODEX = "/backend-api/codex";
const OPENAI_PATHS = { chat: "/v1/chat/completions", responses: "/v1/responses" };

/** ChatMock's upstream is a constant of its modules: it is set in memory before its own `main` runs. */
const CHATMOCK_LAUNCHER = `import sys
from chatmock.cli import main
base = sys.argv.pop(1)
for module in [m for n, m in sys.modules.items() if n.split(".")[0] == "chatmock"]:
    for name, value in [("CHATGPT_CODEX_BASE_URL", base), ("CHATGPT_RESPONSES_URL", base + "/responses")]:
        if hasattr(module, name):
            setattr(module, name, value)
sys.exit(main())
`;

async function pythonOf(name: string, wish: string): Promise<string> {
  const python = await installPython(`peer-${name}`, [wish]);
  if (python === undefined) throw new Error("there is no python3 on this machine");
  return python;
}

function scriptBeside(python: string, name: string): string {
  return `${python.slice(0, python.lastIndexOf("/"))}/${name}`;
}

function nginxConf({ home, port, upstream }: PeerPlace): string {
  const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `  ${name}_temp_path ${home}/${name};`).join("\n");
  return `daemon off;
master_process off;
pid ${home}/nginx.pid;
error_log /dev/null crit;
events { worker_connections 16384; }
http {
  access_log off;
${temp}
  upstream fake { server ${upstream.slice("http://".length)}; keepalive 64; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://fake;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }
  }
}
`;
}

/** In the order of the table. */
export const PEERS: readonly Peer[] = [
  {
    name: "nginx",
    registry: "Debian",
    version: "",
    paths: { responses: `${CODEX}/responses` },
    note: "passes bytes on and looks at none of them: the floor, in C",
    install: () => unpackDebian("nginx", ["nginx"]),
    start: (place) => ({
      command: [
        `${place.installed}/usr/sbin/nginx`,
        "-p",
        place.home,
        "-e",
        "/dev/null",
        "-c",
        `${place.home}/nginx.conf`,
      ],
      files: { [`${place.home}/nginx.conf`]: nginxConf(place) },
    }),
  },
  {
    name: "openai-oauth",
    registry: "npm",
    version: "2.0.0",
    paths: OPENAI_PATHS,
    install: () => installNpm("peer-openai-oauth", { "openai-oauth": "2.0.0" }),
    start: ({ installed, home, port, upstream }) => ({
      command: [
        "node",
        `${installed}/node_modules/openai-oauth/dist/cli.js`,
        ...["--port", String(port), "--models", "gpt-5.5", "--codex-version", "0.169.0", "--no-open"],
        ...["--oauth-file", `${home}/.codex/auth.json`, "--base-url", `${upstream}${CODEX}`],
      ],
    }),
  },
  {
    name: "ChatMock",
    registry: "PyPI",
    version: "1.40",
    paths: OPENAI_PATHS,
    note: "its upstream cannot be configured: a launcher sets the constant in memory",
    install: () => pythonOf("chatmock", "chatmock==1.40"),
    start: ({ installed, home, port, upstream }) => ({
      command: [
        installed,
        ...["-c", CHATMOCK_LAUNCHER, `${upstream}${CODEX}`, "serve", "--port", String(port)],
      ],
      env: { CHATGPT_LOCAL_HOME: `${home}/.codex` },
    }),
  },
  {
    name: "LiteLLM proxy",
    registry: "PyPI",
    version: "1.108.7",
    paths: OPENAI_PATHS,
    headers: () => ({ authorization: "Bearer sk-bench" }),
    note: "one worker; chat through its bridge to Responses (`openai/responses/…`)",
    install: () => pythonOf("litellm", "litellm[proxy]==1.108.7"),
    start: ({ installed, home, port, upstream }) => ({
      command: [
        installed,
        scriptBeside(installed, "litellm"),
        ...["--config", `${home}/litellm.yaml`, "--host", "127.0.0.1", "--port", String(port)],
        ...["--telemetry", "False"],
      ],
      env: { LITELLM_MASTER_KEY: "sk-bench", LITELLM_LOCAL_MODEL_COST_MAP: "True" },
      files: {
        [`${home}/litellm.yaml`]: `model_list:
  - model_name: gpt-5.5
    litellm_params:
      model: openai/responses/gpt-5.5
      api_base: ${upstream}/v1
      api_key: bench
`,
      },
    }),
  },
  {
    name: "Portkey gateway",
    registry: "npm",
    version: "1.15.2",
    paths: { responses: "/v1/responses" },
    headers: (upstream) => ({ "x-portkey-provider": "openai", "x-portkey-custom-host": `${upstream}/v1` }),
    note: "passes Responses on, translates nothing",
    install: () => installNpm("peer-portkey", { "@portkey-ai/gateway": "1.15.2" }),
    start: ({ installed, port }) => ({
      command: [
        "node",
        `${installed}/node_modules/@portkey-ai/gateway/build/start-server.js`,
        `--port=${port}`,
        "--headless",
      ],
    }),
  },
  {
    name: "ccproxy-api",
    registry: "PyPI",
    version: "0.2.10",
    paths: { chat: "/codex/v1/chat/completions", responses: "/codex/v1/responses" },
    install: () => pythonOf("ccproxy-api", "ccproxy-api==0.2.10"),
    start: ({ installed, home, port, upstream }) => ({
      command: [
        installed,
        scriptBeside(installed, "ccproxy"),
        ...["serve", "--config", `${home}/ccproxy.toml`, "--host", "127.0.0.1", "--port", String(port)],
        ...["--log-level", "ERROR", "--disable-plugin", "claude_api", "--disable-plugin", "claude_sdk"],
      ],
      files: {
        [`${home}/ccproxy.toml`]:
          `[plugins.codex]\nbase_url = "${upstream}${CODEX}"\ninject_detection_payload = false\n`,
      },
    }),
  },
];

/** Programs that were looked at and are not measured. */
export const NOT_COMPARABLE: readonly { readonly name: string; readonly reason: string }[] = [
  {
    name: "codex-as-api 0.9.4 (PyPI)",
    reason: "its server has no setting for the address of the backend",
  },
  {
    name: "codex-lb 1.24.0 (PyPI)",
    reason: "needs Python 3.13, which was not there; not looked at further",
  },
];
