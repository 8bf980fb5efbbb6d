import { assertEquals } from "@std/assert";
import { dropPermissions } from "../../src/cli/drop_permissions.ts";
import { permissionFlags } from "../../tools/permissions.ts";
import { HELLO, post } from "../e2e/setup.ts";
import { startProgram } from "../program.ts";

/** Behind this proxy nobody is: a request that is permitted fails on this machine. */
const NOWHERE = { HTTPS_PROXY: "http://127.0.0.1:1" };
const UPDATE_HOSTS = ["github.com", "objects.githubusercontent.com", "release-assets.githubusercontent.com"];

Deno.test("dropPermissions() gives back the opener and every host but those that requests go to", () => {
  const net = permissionFlags("x86_64-unknown-linux-gnu").find((flag) => flag.startsWith("--allow-net="));
  const hosts = new Set(net?.slice("--allow-net=".length).split(","));
  const revoked: Deno.PermissionDescriptor[] = [];
  const granted = { state: "prompt" } as Deno.PermissionStatus;
  dropPermissions({
    querySync: () => granted,
    revokeSync(descriptor: Deno.PermissionDescriptor) {
      revoked.push(descriptor);
      if (descriptor.name === "net") hosts.delete(descriptor.host ?? "");
      return granted;
    },
  });
  assertEquals(revoked[0], { name: "run" });
  assertEquals([...hosts], [
    "127.0.0.1",
    "localhost",
    "[::1]",
    "0.0.0.0",
    "[::]",
    "chatgpt.com:443",
    "auth.openai.com:443",
  ]);
});

Deno.test("a program that serves cannot reach the hosts of releases, and can reach the backend", async () => {
  for (const host of [...UPDATE_HOSTS, "chatgpt.com"]) {
    await using program = await startProgram({
      env: { ...NOWHERE, https_proxy: NOWHERE.HTTPS_PROXY, CCPROXY_CODEX__BASE_URL: `https://${host}/x` },
    });
    const response = await post(program, "/v1/chat/completions", HELLO);
    const { message, code } = (await response.json()).error;
    assertEquals([response.status, code], [502, "backend_unreachable"]);
    assertEquals([host, message.includes("Requires net access")], [host, host !== "chatgpt.com"], message);
  }
});
