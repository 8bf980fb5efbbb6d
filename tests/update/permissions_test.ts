import { assertEquals } from "@std/assert";
import { HELLO, post } from "../e2e/setup.ts";
import { startProgram } from "../program.ts";

/** Behind this proxy nobody is: a request that is permitted fails on this machine. */
const NOWHERE = { HTTPS_PROXY: "http://127.0.0.1:1" };
const UPDATE_HOSTS = ["github.com", "objects.githubusercontent.com", "release-assets.githubusercontent.com"];

Deno.test("a program that serves cannot reach the hosts of releases, and can reach the backend", async () => {
  for (const host of [...UPDATE_HOSTS, "chatgpt.com"]) {
    await using program = await startProgram({
      env: { ...NOWHERE, https_proxy: NOWHERE.HTTPS_PROXY, CCPROXY_CODEX__BASE_URL: `https://${host}/x` },
    });
    const response = await post(program, "/v1/chat/completions", HELLO);
    const { message, code } = (await response.json()).error;
    assertEquals([response.status, code], [502, "backend_unreachable"]);
    assertEquals([host, message.includes("may connect only to")], [host, host !== "chatgpt.com"], message);
  }
});
