import { assertEquals } from "@std/assert";
import { dropPermissions, keepOnlyAddress } from "../../src/cli/drop_permissions.ts";
import { hostTarget, permissionFlags } from "../../tools/permissions.ts";
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
    assertEquals([host, message.includes("may connect only to")], [host, host !== "chatgpt.com"], message);
  }
});

Deno.test("keepOnlyAddress() leaves every address of the list but the one that is listened on", () => {
  const net = permissionFlags("x86_64-unknown-linux-gnu").find((flag) => flag.startsWith("--allow-net="));
  const hosts = new Set(net?.slice("--allow-net=".length).split(","));
  const status = { state: "prompt" } as Deno.PermissionStatus;
  const permissions = {
    querySync: () => status,
    requestSync(descriptor: Deno.PermissionDescriptor) {
      if (descriptor.name === "net") hosts.add(descriptor.host ?? "");
      return status;
    },
    revokeSync(descriptor: Deno.PermissionDescriptor) {
      if (descriptor.name === "net") hosts.delete(descriptor.host ?? "");
      return status;
    },
  };
  dropPermissions(permissions);
  keepOnlyAddress(["127.0.0.1:8000", "localhost:8000"], permissions);
  assertEquals([...hosts], ["127.0.0.1:8000", "localhost:8000"]);
});

Deno.test("serve --demo may reach nothing but the address it listens on, and write nothing, and goes on listening", async () => {
  const code = `
    import { dropPermissions, giveUpWriting, keepOnlyAddress } from ${
    JSON.stringify(new URL("../../src/cli/drop_permissions.ts", import.meta.url).href)
  };
    const serve = (port) => Deno.serve({ hostname: "127.0.0.1", port, onListen() {} }, () => new Response("ok"));
    const other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const first = serve(0);
    const { port } = first.addr;
    dropPermissions();
    keepOnlyAddress(["127.0.0.1:" + port]);
    await first.shutdown();
    const again = serve(port);
    const may = (hostname, port) =>
      Deno.connect({ hostname, port }).then((conn) => conn.close() ?? "connected", (error) => error.name);
    const found = [];
    for (const [host, at] of [["127.0.0.1", port], ["127.0.0.1", other.addr.port], ["chatgpt.com", 443]]) {
      found.push(await may(host, at));
    }
    giveUpWriting();
    found.push(await Deno.writeTextFile("/tmp/ccproxy-demo-test", "").then(() => "written", (error) => error.name));
    console.log(found.join(" "));
    await again.shutdown();
    other.close();
  `;
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/main.js`, code);
    const args = ["run", "--no-lock", ...permissionFlags(hostTarget()), `${folder}/main.js`];
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
    const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
    assertEquals(text, "connected NotCapable NotCapable NotCapable\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
