import { assertEquals, assertStringIncludes } from "@std/assert";
import { createNonce, isProven, proveServer } from "../../src/server/server_proof.ts";
import { type Home, makeHome } from "./home.ts";
import { startStandIn, writeSecret } from "./stand_in_server.ts";

const KEY = "a-local-key";

/** Every command that asks a running server, and what it wrote to standard error. */
async function askAll(home: Home, port: number, host = "127.0.0.1"): Promise<string[]> {
  const env = {
    CCPROXY_SERVER__HOST: host,
    CCPROXY_SERVER__PORT: `${port}`,
    CCPROXY_SERVER__API_KEY: KEY,
  };
  const said: string[] = [];
  for (
    const words of [
      "usage --json",
      "usage --cache",
      "sessions delete some-session",
      "sessions delete --all --yes",
      "connect curl",
      "doctor --json",
    ]
  ) said.push((await home.run(words, { env })).stderr);
  return said;
}

Deno.test("isProven() takes a proof for its own secret, nonce and address alone", async () => {
  const secret = new Uint8Array(32).fill(1);
  const nonce = createNonce((bytes) => bytes.fill(2));
  const proof = await proveServer(secret, nonce, "127.0.0.1:8000") ?? { address: "", mac: "" };
  assertEquals(proof.address, "127.0.0.1:8000");
  const judged = await Promise.all([
    isProven(secret, nonce, proof),
    isProven(new Uint8Array(32).fill(3), nonce, proof),
    isProven(secret, nonce.replace("02", "03"), proof),
    isProven(secret, nonce, { ...proof, address: "127.0.0.1:8001" }),
    isProven(secret, nonce, { ...proof, mac: proof.mac.slice(2) }),
    isProven(secret, nonce, { ...proof, mac: "" }),
    isProven(secret, nonce, { ...proof, mac: "0".repeat(64) }),
  ]);
  assertEquals(judged, [true, false, false, false, false, false, false]);
  for (const bad of ["", "ab", "xy".repeat(32), "AB".repeat(32), "ab".repeat(65)]) {
    assertEquals(await proveServer(secret, bad, "127.0.0.1:8000"), undefined, bad);
  }
});

Deno.test("no command sends the key to a program that only calls itself ccproxy", async () => {
  await using home = await makeHome();
  await home.signIn();
  await writeSecret(home);
  await using stranger = await startStandIn();
  const said = await askAll(home, stranger.port);
  assertEquals(new Set(stranger.seen), new Set(["GET /health null"]));
  const words =
    `ccproxy 0.1.0 (test) answers at http://127.0.0.1:${stranger.port}, but it does not prove whose it is: ` +
    "it is of an older version, or cannot keep its secret; so it was not asked, and no key was sent to it";
  for (const text of said.slice(0, 3)) assertStringIncludes(text, words);
});

Deno.test("no command sends the key to the server of another user, whatever proof it shows", async () => {
  await using home = await makeHome();
  await using other = await makeHome();
  await using server = await startStandIn({ home: other });
  const without = await home.run("usage --cache", {
    env: { CCPROXY_SERVER__PORT: `${server.port}`, CCPROXY_SERVER__API_KEY: KEY },
  });
  assertEquals(without.code, 4);
  assertStringIncludes(without.stderr, "there is no secret of this user to prove it by");
  await writeSecret(home);
  const said = await askAll(home, server.port);
  assertEquals(new Set(server.seen), new Set(["GET /health null"]));
  assertStringIncludes(said[1] ?? "", "it does not know the secret of this user");
  await using home2 = await makeHome();
  await using proven = await startStandIn({ home: home2 });
  const path = `${home2.path}/.local/state/ccproxy/proof.secret`;
  await Deno.chmod(path, 0o644);
  await askAll(home2, proven.port);
  // Whoever may read the secret can prove anything.
  assertEquals(new Set(proven.seen), new Set(["GET /health null"]));
});

Deno.test("no command sends the key to a program that has our own server answer for it", async () => {
  await using home = await makeHome();
  await using real = await startStandIn({ home });
  await using relay = await startStandIn({
    health: async (nonce) =>
      await (await fetch(`http://127.0.0.1:${real.port}/health?nonce=${nonce}`)).json(),
  });
  const said = await askAll(home, relay.port);
  assertEquals(new Set(relay.seen), new Set(["GET /health null"]));
  assertStringIncludes(said[1] ?? "", `but it hands on what the server at 127.0.0.1:${real.port} says`);
});

Deno.test("commands say when another program has the port, or the server another key", async () => {
  await using home = await makeHome();
  await using nginx = await startStandIn({ version: "nginx" });
  const other = await home.run("usage --cache", { env: { CCPROXY_SERVER__PORT: `${nginx.port}` } });
  assertStringIncludes(
    other.stderr,
    `another program than ccproxy answers at http://127.0.0.1:${nginx.port}`,
  );
  await using keyed = await startStandIn({ home, answer: () => Response.json({}, { status: 401 }) });
  const refused = await home.run("usage --cache", { env: { CCPROXY_SERVER__PORT: `${keyed.port}` } });
  assertStringIncludes(
    refused.stderr,
    "has another key than these settings: give it in CCPROXY_SERVER__API_KEY",
  );
});

Deno.test("commands find a server on localhost at the address that it has", async () => {
  await using home = await makeHome();
  await using server = await startStandIn({ home, answer: () => Response.json({ data: [] }) });
  const env = { CCPROXY_SERVER__HOST: "localhost", CCPROXY_SERVER__PORT: `${server.port}` };
  assertEquals((await home.run("usage --cache --json", { env })).stdout, "[]\n");
});

Deno.test("without a key to send, a server that proves nothing is asked with a note, and told to delete nothing", async () => {
  await using home = await makeHome();
  await using server = await startStandIn({ answer: () => Response.json({ data: [], deleted: true }) });
  const env = { CCPROXY_SERVER__PORT: `${server.port}` };
  const ran = await home.run("usage --cache --json", { env });
  assertEquals([ran.code, ran.stdout], [0, "[]\n"]);
  assertStringIncludes(ran.stderr, "Note: ccproxy 0.1.0 (test) answers at ");
  assertEquals((await home.run("sessions delete x", { env })).code, 1);
  assertEquals(server.seen, ["GET /health null", "GET /codex/usage/cache null", "GET /health null"]);
});
