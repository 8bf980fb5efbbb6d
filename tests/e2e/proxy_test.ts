import { assertEquals, assertMatch } from "@std/assert";
import { type Certificate, makeCertificate } from "../certificate.ts";
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

/** A proxy whose CONNECT leads to a server on this machine, whatever it names; TLS ends there, in front of `port`. */
function startTunnels(certificate: Certificate, port: number) {
  const tls = Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...certificate, alpnProtocols: ["http/1.1"] });
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const heads: string[] = [];
  const join = async (one: Deno.Conn, other: Deno.Conn) => {
    await Promise.allSettled([one.readable.pipeTo(other.writable), other.readable.pipeTo(one.writable)]);
  };
  const end = async (client: Deno.Conn) => join(client, await Deno.connect({ hostname: "127.0.0.1", port }));
  const lead = async (client: Deno.Conn) => {
    const buffer = new Uint8Array(4096);
    const size = await client.read(buffer) ?? 0;
    heads.push(new TextDecoder().decode(buffer.subarray(0, size)));
    await client.write(new TextEncoder().encode("HTTP/1.1 200 Connection established\r\n\r\n"));
    await join(client, await Deno.connect({ hostname: "127.0.0.1", port: tls.addr.port }));
  };
  const running: Promise<void>[] = [];
  const accept = async (from: AsyncIterable<Deno.Conn>, serve: (client: Deno.Conn) => Promise<void>) => {
    for await (const client of from) running.push(serve(client));
  };
  const accepting = [accept(tls, end), accept(listener, lead)];
  return {
    heads,
    url: `http://me:secret@127.0.0.1:${listener.addr.port}`,
    async [Symbol.asyncDispose]() {
      tls.close();
      listener.close();
      await Promise.all(accepting);
      await Promise.allSettled(running);
    },
  };
}

Deno.test("a POST and a WebSocket reach chatgpt.com through the CONNECT of a proxy, with a CA of the user's own", async () => {
  const certificate = await makeCertificate("DNS:chatgpt.com");
  if (certificate === undefined) return;
  const authority = await Deno.makeTempFile({ suffix: ".pem" });
  await Deno.writeTextFile(authority, certificate.authority);
  try {
    await using backend = await startFakeBackend();
    await using tunnels = startTunnels(certificate, backend.port);
    for (const transport of ["sse", "auto"]) {
      await using program = await startProgram({
        config: `[codex]\ntransport = "${transport}"\n`,
        env: {
          CCPROXY_CODEX__BASE_URL: undefined,
          HTTPS_PROXY: tunnels.url,
          DENO_CERT: authority,
        },
      });
      const answer = await post(program, "/v1/chat/completions", HELLO);
      assertEquals([transport, answer.status], [transport, 200], await answer.clone().text());
      assertMatch(await answer.text(), /You said: Hello/);
    }
    assertEquals(backend.asks().map(({ method }) => method), ["POST", "WS"]);
    const credentials = btoa("me:secret");
    for (const head of tunnels.heads) {
      assertEquals(head.split("\r\n", 1)[0], "CONNECT chatgpt.com:443 HTTP/1.1");
      assertMatch(head, new RegExp(`^proxy-authorization: basic ${credentials}\r$`, "im"));
    }
  } finally {
    await Deno.remove(authority);
  }
});
