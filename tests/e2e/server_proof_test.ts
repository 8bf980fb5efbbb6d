import { assert, assertEquals } from "@std/assert";
import { runProgram } from "../program.ts";
import { withProgram } from "./setup.ts";

Deno.test("commands trust the server of their own user, at each address that it may have, with the key", async () => {
  for (const host of ["127.0.0.1", "localhost", "0.0.0.0"]) {
    await withProgram(async ({ program }) => {
      const env = {
        CCPROXY_SERVER__HOST: host,
        CCPROXY_SERVER__PORT: `${program.port}`,
        CCPROXY_SERVER__API_KEY: "k",
      };
      const ran = await runProgram(["usage", "--cache", "--json"], { home: program.home, env });
      assertEquals([ran.code, ran.stdout], [0, "[]\n"], `${host}: ${ran.stderr}`);
    }, { args: ["serve", "--port", "0", "--host", host, "--api-key", "k"] });
  }
});

Deno.test("serve keeps its secret to itself, proves nothing without a nonce, and makes it anew when it was lost", async () => {
  await withProgram(async ({ program }) => {
    const path = `${program.home}/.local/state/ccproxy/proof.secret`;
    const secret = await Deno.readTextFile(path);
    assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
    const plain = await (await program.fetch("/health")).json();
    assertEquals(Object.keys(plain), ["status", "version"]);
    const asked = await (await program.fetch(`/health?nonce=${"ab".repeat(32)}`)).json();
    assertEquals([asked.proof.address, asked.proof.mac.length], [`127.0.0.1:${program.port}`, 64]);
    assert(!JSON.stringify(asked).includes(secret.trim()));
    await Deno.remove(path);
    const env = { CCPROXY_SERVER__PORT: `${program.port}` };
    const ran = await runProgram(["usage", "--cache", "--json"], { home: program.home, env });
    assertEquals([ran.code, ran.stdout], [0, "[]\n"], ran.stderr);
    assert(await Deno.readTextFile(path) !== secret);
  });
});
