/** The texts of the runtime are provoked, not quoted: a runtime that words them differently fails here. */
import { assertEquals, assertMatch } from "@std/assert";
import { type ConnectFault, connectFault } from "../../src/config/connect_fault.ts";

const TIMEOUT_MS = 20_000;

/** What came of asking for an address. */
async function faultOf(
  url: string,
  init: RequestInit & { client?: Deno.HttpClient } = {},
): Promise<ConnectFault> {
  try {
    const response = await fetch(url, init);
    await response.body?.cancel();
    throw new Error(`${url} answered ${response.status}`);
  } catch (thrown) {
    return connectFault(thrown, new URL(url), TIMEOUT_MS);
  }
}

/** A server of raw connections. */
async function withRaw(
  answer: string | undefined,
  work: (address: string) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open: Deno.Conn[] = [];
  const served = (async () => {
    for await (const connection of listener) {
      open.push(connection);
      if (answer === undefined) continue;
      await connection.read(new Uint8Array(4096));
      await connection.write(new TextEncoder().encode(answer));
      connection.close();
    }
  })();
  try {
    await work(`127.0.0.1:${listener.addr.port}`);
  } finally {
    listener.close();
    for (const connection of open) {
      try {
        connection.close();
      } catch {
        // closed already
      }
    }
    await served;
  }
}

Deno.test("connectFault() names a name that does not resolve", async () => {
  assertEquals((await faultOf("https://no-such-name.invalid/")).fault, "the name cannot be resolved (DNS)");
});

Deno.test("connectFault() names a refused connection, and what to do about it here and elsewhere", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const found = await faultOf(`http://127.0.0.1:${port}/`);
  assertEquals(found.fault, "the connection is refused");
  assertMatch(found.fix, /^Nothing listens there/);
});

Deno.test("connectFault() names a connection that is cut, and one without TLS", () =>
  withRaw("", async (address) => {
    assertEquals((await faultOf(`http://${address}/`)).fault, "the connection was cut before an answer came");
    assertMatch((await faultOf(`https://${address}/`)).fault, /^the TLS connection is not trusted: /);
  }));

Deno.test("connectFault() tells a proxy that wants a password from one that refuses", async () => {
  const through = (status: string) =>
    withRaw(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`, async (address) => {
      using client = Deno.createHttpClient({ proxy: { url: `http://${address}` } });
      faults.push(await faultOf("https://backend.invalid/", { client }));
    });
  const faults: ConnectFault[] = [];
  await through("407 Proxy Authentication Required");
  await through("403 Forbidden");
  assertEquals(faults.map(({ fault }) => fault), [
    "the proxy asks for a user name and a password (407)",
    "the proxy refuses to connect to backend.invalid",
  ]);
});

Deno.test("connectFault() says how long nothing came", () =>
  withRaw(undefined, async (address) => {
    const found = await faultOf(`http://${address}/`, { signal: AbortSignal.timeout(50) });
    assertEquals(found.fault, "no answer within 20 s");
  }));

Deno.test("connectFault() names a certificate that nobody vouches for, and one that has expired", () => {
  const url = new URL("https://backend.invalid/");
  const tell = (reason: string) =>
    connectFault(new TypeError("fetch failed", { cause: new Error(reason) }), url, TIMEOUT_MS).fault;
  assertEquals(
    tell("client error (Connect): invalid peer certificate: UnknownIssuer"),
    "the TLS connection is not trusted: invalid peer certificate: UnknownIssuer",
  );
  assertEquals(
    tell("client error (Connect): invalid peer certificate: certificate expired: verification time 1"),
    "the TLS certificate has expired or is not valid yet",
  );
  assertEquals(tell("something new"), "the connection failed: something new");
});

Deno.test("connectFault() says so when this program or the system forbids the connection", () => {
  const url = new URL("https://backend.invalid/");
  assertEquals(
    connectFault(new Deno.errors.NotCapable("x"), url, TIMEOUT_MS).fault,
    "this program may connect only to the OpenAI hosts and this machine",
  );
  const forbidden = new TypeError("fetch failed", {
    cause: new Error("tcp connect error: Permission denied (os error 13)"),
  });
  assertEquals(
    connectFault(forbidden, url, TIMEOUT_MS).fault,
    "the system does not let this program connect: permission denied",
  );
});
