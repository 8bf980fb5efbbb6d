import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { HELLO, post } from "../e2e/setup.ts";
import { type Program, startProgram } from "../program.ts";

/** Behind this proxy nobody is: a request that is permitted fails on this machine. */
const NOWHERE = { HTTPS_PROXY: "http://127.0.0.1:1" };
const UPDATE_HOSTS = ["github.com", "objects.githubusercontent.com", "release-assets.githubusercontent.com"];

function startWith(host: string): Promise<Program> {
  return startProgram({
    env: { ...NOWHERE, https_proxy: NOWHERE.HTTPS_PROXY, CCPROXY_CODEX__BASE_URL: `https://${host}/x` },
  });
}

Deno.test("a program that serves cannot reach the hosts of releases, and can reach the backend", async () => {
  // What it is permitted is asked of the runtime before it listens.
  for (const host of UPDATE_HOSTS) {
    const refusal =
      `ended with 2 before it listened:\nInvalid configuration: codex.base_url names ${host}:443, and ` +
      "ccproxy may connect only to";
    const error = await startWith(host).catch((reason: unknown) => reason);
    assert(error instanceof Error);
    assertStringIncludes(error.message, refusal);
  }
  await using program = await startWith("chatgpt.com");
  const response = await post(program, "/v1/chat/completions", HELLO);
  const { message, code } = (await response.json()).error;
  assertEquals([response.status, code], [502, "backend_unreachable"]);
  assertEquals(message.includes("may connect only to"), false, message);
});
