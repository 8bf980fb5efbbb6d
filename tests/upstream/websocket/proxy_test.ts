import { assertEquals } from "@std/assert";
import { createRawSockets } from "../../../src/cli/raw_sockets.ts";
import { openSocket } from "../../../src/upstream/websocket/open_socket.ts";
import type { Network } from "../../../src/upstream/websocket/wire.ts";
import { makeCertificate } from "../../certificate.ts";
import { startFakeBackend } from "../../fake/backend.ts";
import { createTransport } from "./transport.ts";

/** A proxy that answers CONNECT with this, and leads to a port on this machine when it is a good answer. */
function startProxy(answer: string, port: number) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const heads: string[] = [];
  const serve = async (client: Deno.TcpConn) => {
    const buffer = new Uint8Array(4096);
    const count = await client.read(buffer) ?? 0;
    heads.push(new TextDecoder().decode(buffer.subarray(0, count)));
    await client.write(new TextEncoder().encode(answer));
    if (!answer.includes(" 200 ")) return client.close();
    const target = await Deno.connect({ hostname: "127.0.0.1", port });
    await Promise.allSettled([
      client.readable.pipeTo(target.writable),
      target.readable.pipeTo(client.writable),
    ]);
  };
  const running: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const client of listener) running.push(serve(client));
  })();
  return {
    heads,
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      await Promise.allSettled(running);
    },
  };
}

/** The real network with this proxy; TLS is left out, and who it would be asked of is kept. */
function networkThrough(proxy: string, hosts: string[]): Network {
  const inner = createRawSockets({ get: () => undefined });
  return {
    async connect(place) {
      const wire = await inner.connect(place);
      return {
        ...wire,
        startTls(hostname) {
          hosts.push(hostname);
          return Promise.resolve(wire);
        },
      };
    },
    proxyFor: () => proxy,
  };
}

Deno.test("proxy: the way leads through CONNECT with the proxy's credentials, then TLS for the backend's name", async () => {
  await using backend = await startFakeBackend();
  await using proxy = startProxy("HTTP/1.1 200 Connection established\r\n\r\n", backend.port);
  const hosts: string[] = [];
  const network = networkThrough(`http://me:p%40ss%ü@127.0.0.1:${proxy.port}`, hosts);
  await using transport = createTransport(backend, { network });
  const url = new URL("https://backend.example/backend-api/codex/responses");
  assertEquals(await transport.tell({ url }), "You said: hello response.completed");
  const credentials = btoa(String.fromCharCode(...new TextEncoder().encode("me:p@ss%ü")));
  assertEquals(proxy.heads, [
    `CONNECT backend.example:443 HTTP/1.1\r\nHost: backend.example:443\r\nProxy-Authorization: Basic ${credentials}\r\n\r\n`,
  ]);
  assertEquals(hosts, ["backend.example"]);
  assertEquals(backend.upgrades()[0]?.headers["proxy-authorization"], undefined);
});

Deno.test("proxy: what it answers instead is told, and remembered, without its credentials", async () => {
  for (
    const [answer, expected] of [
      ["HTTP/1.1 407 X\r\n\r\n", "the proxy wants other credentials (407)"],
      ["HTTP/1.1 502 Bad Gateway\r\n\r\n", "the proxy refused the connection (502)"],
      ["", "the proxy closed the connection"],
      ["SSH-2.0\r\n\r\n", "the proxy sent no HTTP/1.1 answer"],
      ["HTTP/1.1 200 OK\r\n\r\nmore", "the proxy sent more than its answer"],
    ] as const
  ) {
    await using backend = await startFakeBackend();
    await using proxy = startProxy(answer, backend.port);
    const network = networkThrough(`http://me:secret@127.0.0.1:${proxy.port}`, []);
    await using transport = createTransport(backend, { network });
    const url = new URL("https://[2001:db8::1]:8443/responses");
    assertEquals(await transport.tell({ url }), `proxy: ${expected} | post, remembered at_once`);
    assertEquals(proxy.heads[0]?.split("\r\n", 1)[0], "CONNECT [2001:db8::1]:8443 HTTP/1.1");
  }
});

Deno.test("proxy: one of another kind is not used, and nothing without TLS leaves this machine", async () => {
  await using backend = await startFakeBackend();
  const network = networkThrough("socks5://127.0.0.1:1080", []);
  await using transport = createTransport(backend, { network });
  const https = new URL("https://backend.example/responses");
  assertEquals(
    await transport.tell({ url: https }),
    "proxy: a WebSocket needs an http:// proxy in HTTPS_PROXY or ALL_PROXY: found another one | post, remembered at_once",
  );
  assertEquals(
    await transport.tell({ url: new URL("http://backend.example/responses") }),
    "connect: without TLS only this machine is connected to | post, remembered second_time",
  );
});

Deno.test("TLS: a certificate that nobody vouches for is a fault of TLS, with nothing sent", async () => {
  const certificate = await makeCertificate("IP:127.0.0.1");
  if (certificate === undefined) return;
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...certificate });
  const accepting = (async () => {
    const connection = await listener.accept();
    const read = await connection.read(new Uint8Array(10)).catch(() => "refused");
    connection.close();
    return read;
  })();
  const opened = await openSocket(
    {
      network: createRawSockets({ get: () => undefined }),
      after: () => () => {},
      randomBytes: (count) => new Uint8Array(count),
      deadlineMs: 1000,
      limitBytes: 1000,
    },
    new URL(`https://127.0.0.1:${listener.addr.port}/responses`),
    new Headers(),
    new AbortController().signal,
  );
  assertEquals(!opened.ok && opened.failure.kind === "unreachable" && opened.failure.phase, "tls");
  assertEquals(await accepting, "refused");
  listener.close();
});
