import { assertEquals } from "@std/assert";
import { startFakeBackend } from "../fake/backend.ts";
import type { Script } from "../fake/script.ts";
import { type Program, startProgram } from "../program.ts";
import { HELLO, post, withProgram } from "./setup.ts";

// No input from outside may end in `internal_error`: neither a client's bytes nor a backend's answer are a bug of ours.

/** A bound for requests whose rest never comes, not a wait. */
const LONGEST_MS = 2000;

/** Sends bytes by hand and gives what comes back: fetch mends what these tests are about. */
async function exchange(port: number, bytes: string): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  let isOpen = true;
  const close = () => {
    if (isOpen) connection.close();
    isOpen = false;
  };
  const timer = setTimeout(close, LONGEST_MS);
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65_536);
  let answer = "";
  try {
    await connection.write(Uint8Array.from(bytes, (character) => character.charCodeAt(0)));
    for (let count = await connection.read(buffer); count !== null; count = await connection.read(buffer)) {
      answer += decoder.decode(buffer.subarray(0, count), { stream: true });
    }
  } catch {
    // Closed by us, or by the runtime, which refuses some bytes itself.
  } finally {
    clearTimeout(timer);
    close();
  }
  return answer;
}

const TARGETS = [
  "http://localhost:999999/x",
  "http://localhost:999999/v1/models",
  "http://[::1/x",
  "http://user:pass@localhost/v1/models",
  "http:///x",
  "http://%00/",
  "https://localhost/v1/models",
  "ftp://localhost/x",
  "localhost:80",
  "*",
  "//",
  "///v1/models",
  "//evil.example/v1/models",
  "/%",
  "/%zz/models",
  "/v1/models/%ff",
  "/v1/models/%00",
  "/v1/models/%F0%9F%98%80",
  "/v1/models/..%2f..%2fetc",
  "/codex/%00/models",
  "/codex/%ff/v1/models",
  "/codex/%E2%80%AE/v1/models",
  "/codex/../v1/models",
  "/v1/responses/%ff",
  "/v1/responses/resp_1?stream=true&starting_after=-1",
  "/v1/responses/resp_1?stream=true&starting_after=99999999999999999999",
  "/v1/responses/resp_1/input_items?limit=NaN&after=%ff&order=sideways",
  "/v1/conversations/%00/items?limit=1e999",
  "/codex/sessions?limit=-1&after=%00",
  "/codex/sessions/%ff",
  "/codex/sessions/%00",
  "/codex/usage?%",
  "/metrics?%ff=%ff",
  "/health?" + "a".repeat(7000),
  "/" + "a/".repeat(3000),
  "/v1/models/" + "%41".repeat(2000),
  "/?%",
  "/#x",
  "/\x80\xff",
  "/v1/models?\xff",
];

const METHODS = [
  "GET",
  "POST",
  "DELETE",
  "HEAD",
  "OPTIONS",
  "PUT",
  "PATCH",
  "TRACE",
  "CONNECT",
  "QUERY",
  "get",
  "X".repeat(9000),
];

const HEADERS = [
  "content-length: 0",
  "content-length: -1",
  "content-length: 1e3",
  "content-length: 99999999999999999999",
  "content-length: 3\r\ncontent-length: 4",
  "transfer-encoding: chunked",
  "transfer-encoding: gzip, chunked",
  "transfer-encoding: identity",
  "content-encoding: gzip",
  "content-encoding: br\r\ncontent-length: 2",
  "content-encoding: zstd\r\ncontent-length: 2",
  "content-encoding: \xff",
  "content-type: text/plain; charset=utf-16\r\ncontent-length: 2",
  "content-type: multipart/form-data; boundary=x\r\ncontent-length: 2",
  "authorization: Bearer \xff\xfe",
  "authorization: Bearer",
  "x-api-key: ",
  "origin: null",
  "origin: http://[::1",
  "origin: \xff",
  "x-session-id: %ff",
  "x-session-id: \xff",
  "x-session-id: " + "a".repeat(5000),
  "session_id: %00",
  "if-none-match: \xff",
  'if-none-match: W/"',
  "if-none-match: *",
  "expect: 100-continue",
  "expect: 200-maybe",
  "upgrade: websocket\r\nconnection: upgrade",
  "upgrade: h2c\r\nconnection: upgrade, http2-settings",
  "access-control-request-method: \xff",
  "access-control-request-headers: \xff",
  "user-agent: codex_cli_rs/\xff",
  "user-agent: codex_cli_rs/99999999999999999999.0.0\r\nversion: 1e999.0.0",
  "originator: codex_\xff",
  "x-codex-\x7f: a",
  "x-openai-internal-codex-responses-lite: true",
  "last-event-id: \xff",
  "anthropic-version: \xff",
  "accept-encoding: \xff;q=nan",
  "range: bytes=99-1",
];

/** Bodies that are JSON or nearly so. */
const BODIES = [
  "",
  "{",
  "null",
  "[]",
  '"x"',
  "1e999",
  "{}",
  '{"__proto__":1}',
  '{"model":1e999}',
  '{"model":"\\ud800","input":"\\udfff","messages":[{"role":"user","content":"\\ud800"}],"max_tokens":1e999}',
  '{"model":"gpt-5","input":[null],"messages":[null],"max_tokens":9}',
  '{"model":"gpt-5","input":[[]],"messages":[[]],"tools":[null],"max_tokens":9}',
  '{"model":"gpt-5","input":"x","messages":"x","prompt":{},"stream":"yes","max_tokens":-1}',
  '{"model":"gpt-5","input":[{"type":"item_reference","id":"\\u0000"}],"messages":[{"role":"tool"}],"max_tokens":9}',
  '{"model":"gpt-5","input":"x","previous_response_id":"\\u0000","messages":[{"role":"user","content":[{}]}],"max_tokens":9}',
  '{"model":"gpt-5","input":"x","conversation":{"id":"\\ud800"},"messages":[{"role":"user","content":"x"}],"max_tokens":9,"metadata":{"a":"\\u0000"}}',
  '{"model":"gpt-5","input":"x","prompt_cache_key":"\\ud800\\n","messages":[{"role":"user","content":"x"}],"max_tokens":9,"stop":["\\ud800"]}',
  '{"model":"gpt-5\\nx: y","input":"x","messages":[{"role":"user","content":"x"}],"max_tokens":9,"zz\\n":1,"\\ud800":1}',
  '{"model":"gpt-5","input":"x","text":{"format":{"type":"json_schema","name":"\\ud800","schema":{"$ref":"#"}}},"messages":[{"role":"user","content":"x"}],"max_tokens":9}',
  '{"model":"gpt-5","input":"x","tools":[{"type":"function","name":"\\u0000","parameters":[]}],"messages":[{"role":"user","content":"x"}],"max_tokens":9}',
  "\xff\xfe{\x00}\x00",
  "\xef\xbb\xbf{}",
];

const PATHS = [
  "/v1/chat/completions",
  "/v1/responses",
  "/v1/messages",
  "/v1/messages/count_tokens",
  "/v1/completions",
  "/v1/responses/compact",
  "/v1/responses/input_tokens",
  "/v1/conversations",
  "/v1/conversations/conv_1/items",
  "/v1/embeddings",
  "/codex/s-1/chat/completions",
];

/** What is wrong with an answer; undefined for one that is right. */
function fault(answer: string): string | undefined {
  if (answer === "") return undefined;
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1]);
  if (!(status >= 200) || status === 500 || answer.includes("internal_error")) return answer.slice(0, 300);
  return undefined;
}

async function faultsOf(program: Program, requests: readonly string[]): Promise<string[]> {
  const faults: string[] = [];
  const rest = [...requests];
  const work = async () => {
    for (let request = rest.pop(); request !== undefined; request = rest.pop()) {
      const found = fault(await exchange(program.port, request));
      if (found !== undefined) faults.push(`${JSON.stringify(request.slice(0, 160))} -> ${found}`);
    }
  };
  await Promise.all(Array.from({ length: 24 }, work));
  return faults.sort();
}

const END = "host: localhost\r\nconnection: close\r\n";

Deno.test("no target, method or header of a client ends in an internal error", async () => {
  await withProgram(async ({ program }) => {
    const requests = [
      ...TARGETS.flatMap((target) =>
        METHODS.slice(0, 3).map((method) => `${method} ${target} HTTP/1.1\r\n${END}\r\n`)
      ),
      ...TARGETS.map((target) => `GET ${target} HTTP/1.0\r\n\r\n`),
      ...METHODS.flatMap((method) =>
        ["/", "/v1/models", "/v1/responses", "*", "localhost:1"].map((target) =>
          `${method} ${target} HTTP/1.1\r\n${END}\r\n`
        )
      ),
      ...HEADERS.flatMap((header) =>
        ["GET /v1/models", "POST /v1/chat/completions", "OPTIONS /v1/responses", "GET /"].map((start) =>
          // What follows the head is a body for some of these headers and nothing for others.
          `${start} HTTP/1.1\r\n${END}${header}\r\n\r\n{}`
        )
      ),
    ];
    assertEquals(await faultsOf(program, requests), []);
    assertEquals(/internal error|unhandled/.exec(program.stderr()), null);
    const health = await program.fetch("/health");
    assertEquals([health.status, (await health.json()).status], [200, "ok"]);
  });
});

Deno.test("no body of a client ends in an internal error", async () => {
  await withProgram(async ({ program }) => {
    const requests = PATHS.flatMap((path) =>
      BODIES.flatMap((body) =>
        ["", "user-agent: codex_cli_rs/0.169.0\r\n"].map((agent) =>
          `POST ${path} HTTP/1.1\r\n${END}${agent}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
        )
      )
    );
    assertEquals(await faultsOf(program, requests), []);
    assertEquals(/internal error|unhandled/.exec(program.stderr()), null);
  });
});

const STATUSES = [
  101,
  103,
  201,
  202,
  203,
  204,
  205,
  206,
  226,
  299,
  300,
  304,
  305,
  399,
  400,
  401,
  402,
  404,
  407,
  408,
  409,
  413,
  416,
  418,
  421,
  425,
  426,
  429,
  431,
  451,
  499,
  500,
  501,
  502,
  503,
  504,
  505,
  511,
  520,
  529,
  599,
  600,
  700,
  999,
];

const BODIES_BACK = [
  "",
  "{",
  "null",
  "[]",
  '{"error":null}',
  '{"error":"x"}',
  '{"error":{"code":7,"message":[],"param":{},"resets_in_seconds":1e999}}',
  '{"detail":[1,null]}',
  '{"error":{"message":"\\u0000\\ud800","code":"a\\nb"}}',
  "<html>",
  "data: {}\n\n",
];

const HEADERS_BACK: readonly Record<string, string>[] = [
  {},
  { "retry-after": "soon" },
  { "retry-after": "-1" },
  { "retry-after": "1e400" },
  { "retry-after": "Wed, 21 Oct 2099 07:28:00 GMT" },
  { "retry-after": "\x80" },
  { "content-type": "\x80" },
  { "content-type": "" },
  { "content-type": "text/html" },
  { "x-models-etag": "\xff" },
  { "x-codex-primary-used-percent": "NaN", "x-codex-primary-reset-at": "1e400" },
  { "x-codex-primary-reset-after-seconds": "99999999999999999999", "x-codex-primary-window-minutes": "-1" },
  { "x-request-id": "\x80" },
  { "location": "http://127.0.0.1:1/" },
  { "content-encoding": "x-unknown" },
];

const LANES = [
  { path: "/v1/responses", body: { model: "gpt-5", input: "Hi", stream: true }, headers: {} },
  {
    path: "/v1/responses",
    body: { model: "gpt-5", input: [], stream: true },
    headers: { "user-agent": "codex_cli_rs/0.169.0" },
  },
  { path: "/v1/chat/completions", body: HELLO, headers: {} },
  { path: "/v1/messages", body: { ...HELLO, stream: true, max_tokens: 9 }, headers: {} },
];

async function backendFaults(
  program: Program,
  answer: (script: Script | undefined) => void,
  scripts: readonly Script[],
) {
  const faults: string[] = [];
  for (const script of scripts) {
    answer({ ...script });
    await Promise.all(LANES.map(async ({ path, body, headers }) => {
      const response = await post(program, path, body, { headers });
      const text = await response.text().catch(() => "");
      // A Codex client gets a 500 of the backend as it came; ours says so.
      if (response.status < 200 || response.status > 599 || /internal_error|Internal error/.test(text)) {
        faults.push(
          `${path} ${JSON.stringify(script).slice(0, 200)} -> ${response.status} ${text.slice(0, 200)}`,
        );
      }
    }));
  }
  return faults;
}

Deno.test("no status, header or body of the backend ends in an internal error", async () => {
  await using backend = await startFakeBackend({ strict: false });
  await using program = await startProgram({ backend });
  const answer = (script: Script | undefined) => backend.setDefault(script);
  const scripts: Script[] = [
    ...STATUSES.map((status) => ({ status, body: { error: { message: "no" } } })),
    ...STATUSES.map((status) => ({ status, bytes: "data: {}\n\n" })),
    ...BODIES_BACK.flatMap((body) => [200, 400, 429].map((status) => ({ status, body }))),
    ...HEADERS_BACK.flatMap((headers) => [200, 400, 429].map((status) => ({ status, headers, body: "{}" }))),
  ];
  assertEquals(await backendFaults(program, answer, scripts), []);
  assertEquals(/internal error|unhandled/.exec(program.stderr()), null);
});

Deno.test("no status, header or body of the backend's other answers ends in an internal error", async () => {
  await using backend = await startFakeBackend({ strict: false });
  const faults: string[] = [];
  for (const status of [101, 204, 205, 304, 400, 500, 600, 999]) {
    for (const body of ["", "{}", '{"models":[{"slug":7}],"rate_limit":{"primary_window":[]}}']) {
      const script = {
        status,
        ...(status === 204 || status === 304 ? {} : { body }),
        headers: { etag: "\xff" },
      };
      for (
        const route of ["/models", "/usage", "/backend-api/wham/usage", "/backend-api/wham/accounts/check"]
      ) {
        backend.setDefault(script, route);
      }
      await using program = await startProgram({ backend });
      for (const path of ["/codex/usage", "/v1/models", "/", "/health/ready", "/metrics"]) {
        const response = await program.fetch(path);
        const text = await response.text();
        if (response.status === 500 || text.includes("internal_error")) {
          faults.push(`${path} ${JSON.stringify(script)} -> ${response.status} ${text.slice(0, 200)}`);
        }
      }
      const log = /.*(?:internal error|unhandled).*/.exec(program.stderr())?.[0];
      if (log !== undefined) faults.push(`${JSON.stringify(script)}: ${log}`);
    }
  }
  assertEquals(faults, []);
});
