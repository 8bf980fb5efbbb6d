import { assertEquals } from "@std/assert";
import { startFakeBackend } from "../fake/backend.ts";
import { startFakeIssuer } from "../fake/issuer.ts";
import { runProgram, startProgram } from "../program.ts";
import { HELLO, post } from "./setup.ts";

/** A proxy that refuses everything and keeps the first line of each request. */
function startProxy() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const seen: string[] = [];
  const answer = async (connection: Deno.Conn) => {
    try {
      const buffer = new Uint8Array(4096);
      const size = await connection.read(buffer) ?? 0;
      seen.push(new TextDecoder().decode(buffer.subarray(0, size)).split("\r\n", 1)[0] ?? "");
      await connection.write(
        new TextEncoder().encode("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n"),
      );
    } catch {
      // the client has left
    } finally {
      connection.close();
    }
  };
  const running: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const connection of listener) running.push(answer(connection));
  })();
  return {
    seen,
    url: `http://127.0.0.1:${listener.addr.port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      await Promise.all(running);
    },
  };
}

Deno.test("nothing on this machine is asked through a proxy: backend, issuer, and commands that ask the server", async () => {
  await using proxy = startProxy();
  await using backend = await startFakeBackend();
  await using issuer = await startFakeIssuer();
  const names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
  const env: Record<string, string> = Object.fromEntries(names.map((name) => [name, proxy.url]));
  const expired = issuer.issue({ expiresInSeconds: -60 });
  await using program = await startProgram({ backend, issuer, env, credentials: { tokens: expired } });
  const answer = await post(program, "/v1/chat/completions", HELLO);
  assertEquals(answer.status, 200);
  await answer.body?.cancel();
  env["CCPROXY_SERVER__PORT"] = `${program.port}`;
  const options = { home: program.home, backend, issuer, env };
  for (
    const [words, codes] of [
      ["usage --json", [0]],
      ["usage --cache --json", [0]],
      ["sessions delete --all --yes", [0]],
      ["auth refresh", [0]],
      ["doctor --json", [0, 1]],
      ["codex info --json", [0]],
    ] as const
  ) {
    const ran = await runProgram(words.split(" "), options);
    assertEquals([words, codes.some((code) => code === ran.code) ? "ended well" : ran], [
      words,
      "ended well",
    ]);
  }
  assertEquals(proxy.seen, []);
});

Deno.test("the OpenAI hosts are asked through the proxy of the environment, and doctor names it", async () => {
  await using proxy = startProxy();
  const ran = await runProgram(["doctor", "--json"], {
    env: {
      CCPROXY_CODEX__BASE_URL: undefined,
      CCPROXY_AUTH__ISSUER: undefined,
      HTTPS_PROXY: proxy.url,
      // Nobody listens there: the one for https comes first.
      ALL_PROXY: "http://127.0.0.1:9",
    },
  });
  const checks: { check: string; detail: string }[] = JSON.parse(ran.stdout).checks;
  const detail = (name: string) => checks.find(({ check }) => check === name)?.detail.split(":").slice(0, 2);
  const { host } = new URL(proxy.url);
  assertEquals(
    new Set(proxy.seen),
    new Set(["CONNECT chatgpt.com:443 HTTP/1.1", "CONNECT auth.openai.com:443 HTTP/1.1"]),
  );
  assertEquals(detail("backend")?.join(":").startsWith(`chatgpt.com through the proxy ${host}`), true);
});
