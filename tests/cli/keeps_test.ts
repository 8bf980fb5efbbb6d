import { assertEquals } from "@std/assert";
import { TABLE } from "../../src/cli/commands.ts";
import { filesToChange } from "../../src/cli/connect/client_files.ts";
import { hasKeeps, keptBy, whileServing } from "../../src/cli/keeps.ts";
import { narrowTo } from "../../src/cli/narrow.ts";
import { realPlace } from "../../src/cli/real_place.ts";
import { settingsFrom } from "../../src/config/load.ts";
import type { Place } from "../../src/config/paths.ts";

function keptOf(words: string, env: Record<string, string>, flags: Record<string, unknown> = {}) {
  const place: Place = { env: { get: (name) => env[name] }, os: "linux" };
  const { settings } = settingsFrom({ path: "", explicit: false, env: place.env }, undefined);
  const program = "/opt/bin/ccproxy";
  return { settings, kept: keptBy({ command: words.split(" "), place, settings, flags, program }) };
}

Deno.test("every command says what it keeps", () => {
  assertEquals(TABLE.commands.map(({ path }) => path).filter((path) => !hasKeeps(path)), []);
});

Deno.test("keptBy() gives a server its own directories, its hosts and its port, until it listens and after", () => {
  const { kept, settings } = keptOf("serve", { HOME: "/nonexistent/u", CCPROXY_SERVER__PORT: "0" });
  const places = [".cache/ccproxy", ".codex", ".local/state/ccproxy"].map((path) => `/nonexistent/u/${path}`);
  const hosts = ["auth.openai.com:443", "chatgpt.com:443"];
  assertEquals(kept, {
    read: [...places, "/nonexistent/u/.config/ccproxy"].sort(),
    write: places,
    net: [...hosts, "127.0.0.1", "127.0.0.1:0"],
    run: false,
  });
  assertEquals(whileServing(kept, settings, "127.0.0.1:4711").net, [...hosts, "127.0.0.1:4711"]);
});

Deno.test("keptBy() gives the demo its settings and its port, and nothing to write", () => {
  const { kept } = keptOf("serve", { HOME: "/nonexistent/u" }, { demo: true });
  assertEquals(kept, {
    read: ["/nonexistent/u/.config/ccproxy"],
    write: [],
    net: ["127.0.0.1:8000", "127.0.0.1:0"],
    run: false,
  });
});

Deno.test("keptBy() adds the files and hosts that settings and flags name, and leaves out what they replace", () => {
  const { kept } = keptOf("serve", {
    HOME: "/nonexistent/u",
    CODEX_HOME: "~/cx",
    CCPROXY_STORAGE__PATH: "/nonexistent/data/x.db",
    CCPROXY_CODEX__INSTRUCTIONS: "file:/nonexistent/prompt.md",
    CCPROXY_CODEX__BASE_URL: "http://127.0.0.1:81/codex",
    CCPROXY_SERVER__HOST: "::",
    CCPROXY_SERVER__PORT: "8001",
  }, { record: "/nonexistent/report", "server-info": "/nonexistent/info.json" });
  assertEquals(kept.net, ["auth.openai.com:443", "127.0.0.1:81", "[::]:8001", "[::1]:8001", "127.0.0.1:0"]);
  assertEquals(kept.write, [
    "/nonexistent/data",
    "/nonexistent/info.json",
    `/nonexistent/info.json.${Deno.pid}.tmp`,
    "/nonexistent/report",
    "/nonexistent/u/.cache/ccproxy",
    "/nonexistent/u/.local/state/ccproxy",
    "/nonexistent/u/cx",
  ]);
  assertEquals(kept.read.includes("/nonexistent/prompt.md"), true);
});

Deno.test("keptBy() keeps the proxy that the environment names for the backend, since a WebSocket connects to it by itself", () => {
  const HOME = "/nonexistent/u";
  const hosts = (env: Record<string, string>) => keptOf("serve", { HOME, ...env }).kept.net.slice(0, -2);
  const backend = ["auth.openai.com:443", "chatgpt.com:443"];
  assertEquals(hosts({ HTTPS_PROXY: "http://me:secret@127.0.0.1:3128" }), [...backend, "127.0.0.1:3128"]);
  assertEquals(hosts({ https_proxy: "127.0.0.1" }), [...backend, "127.0.0.1:80"]);
  assertEquals(hosts({ HTTPS_PROXY: "http://127.0.0.1:3128", NO_PROXY: "chatgpt.com" }), backend);
});

Deno.test("keptBy() asks for no root: a file directly below it is kept alone", () => {
  const { kept } = keptOf("sessions list", { HOME: "/", CCPROXY_STORAGE__PATH: "/x.db" });
  assertEquals(kept.write, ["/.local/state/ccproxy", "/x.db"]);
});

Deno.test("keptBy() touches no credentials where the environment holds them, and runs nothing but what a sign-in, an editor, a client and a service need", () => {
  const headless = keptOf("auth refresh", { HOME: "/nonexistent/u", CCPROXY_AUTH_JSON: "{}" });
  assertEquals(headless.kept.write, ["/nonexistent/u/.local/state/ccproxy"]);
  const token = { HOME: "/nonexistent/u", CODEX_ACCESS_TOKEN: "at-x" };
  const status = { read: ["/nonexistent/u/.config/ccproxy"], write: [], run: false };
  assertEquals(keptOf("auth status", token).kept, { ...status, net: ["auth.openai.com:443"] });
  const elsewhere = { ...token, CODEX_AUTHAPI_BASE_URL: "https://accounts.example/api" };
  assertEquals(keptOf("auth status", elsewhere).kept, { ...status, net: ["accounts.example:443"] });
  const running = TABLE.commands.map(({ path }) => path.join(" ")).filter((words) =>
    keptOf(words, { HOME: "/nonexistent/u" }).kept.run
  );
  assertEquals(running, [
    "auth login-openai",
    "config edit",
    "service install",
    "service uninstall",
    "service status",
    "launch",
  ]);
});

Deno.test({
  name: "keptBy() gives connect --write the file of that client, and a directory only where there is none",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const home = await Deno.realPath(await Deno.makeTempDir());
    try {
      const place: Place = { env: { get: (name) => name === "HOME" ? home : undefined }, os: "linux" };
      const { settings } = settingsFrom({ path: "", explicit: false, env: place.env }, undefined);
      const writes = async (client: string, flags: Record<string, unknown>) => {
        const clients = await filesToChange(place, client, flags);
        const kept = keptBy({ command: ["connect"], place, settings, flags, program: "/x", clients });
        return kept.write.map((path) => path.replace(home, "~").replace(String(Deno.pid), "PID"));
      };
      const always = ["~/.local/state/ccproxy"];
      assertEquals(await writes("claude-code", {}), []);
      assertEquals(await writes("claude-code", { undo: true }), always);
      assertEquals(await writes("cursor", { write: true }), always);
      assertEquals((await writes("claude-code", { write: true })).includes("~/.claude"), true);
      await Deno.mkdir(`${home}/.claude`);
      assertEquals(
        await writes("claude-code", { write: true }),
        [...always, "~/.claude/settings.json", "~/.claude/settings.json.PID.tmp"].sort(),
      );
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  },
});

Deno.test({
  name: "realPlace() follows links, also those that lead to nothing yet",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const folder = await Deno.realPath(await Deno.makeTempDir());
    try {
      await Deno.mkdir(`${folder}/real`);
      await Deno.symlink(`${folder}/real`, `${folder}/link`);
      await Deno.symlink("nowhere/yet", `${folder}/dangling`);
      await Deno.symlink("loop", `${folder}/loop`);
      assertEquals(realPlace(`${folder}/link/.codex/auth.json`), `${folder}/real/.codex/auth.json`);
      assertEquals(realPlace(`${folder}/dangling/auth.json`), `${folder}/nowhere/yet/auth.json`);
      assertEquals(realPlace(`${folder}/none/at/all`), `${folder}/none/at/all`);
      assertEquals(realPlace(`${folder}/loop/x`).endsWith("/x"), true);
      assertEquals(realPlace("/x.db"), "/x.db");
      // A settings file that is a link is read where it leads, and its own directory for where it leads tomorrow.
      await Deno.writeTextFile(`${folder}/real/config.toml`, "");
      await Deno.mkdir(`${folder}/mount`);
      await Deno.symlink(`${folder}/real/config.toml`, `${folder}/mount/config.toml`);
      const { kept } = keptOf("config show", { CCPROXY_CONFIG: `${folder}/mount/config.toml` });
      assertEquals(kept, {
        read: [`${folder}/mount`, `${folder}/real/config.toml`],
        write: [],
        net: [],
        run: false,
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("narrowTo() asks for what is kept before the rest goes, and takes nothing from who was given everything", () => {
  const steps: string[] = [];
  const text = (descriptor: Deno.PermissionDescriptor) =>
    [descriptor.name, "path" in descriptor ? descriptor.path : "host" in descriptor ? descriptor.host : ""]
      .join(" ")
      .trim();
  const api = (whole: readonly string[]) => ({
    querySync: (descriptor: Deno.PermissionDescriptor) =>
      ({
        state: whole.includes(text(descriptor)) || text(descriptor).includes(" ") ? "granted" : "prompt",
      }) as Deno.PermissionStatus,
    requestSync: (descriptor: Deno.PermissionDescriptor) => {
      steps.push(`+ ${text(descriptor)}`);
      return { state: "granted" } as Deno.PermissionStatus;
    },
    revokeSync: (descriptor: Deno.PermissionDescriptor) => {
      steps.push(`- ${text(descriptor)}`);
      return { state: "prompt" } as Deno.PermissionStatus;
    },
  });
  const kept = { read: ["/a"], write: ["/b"], net: ["chatgpt.com:443", "127.0.0.1:8000"], run: false };
  assertEquals(narrowTo(kept, "linux", api([])), { ...kept, whole: [] });
  assertEquals(steps, [
    "+ read /a",
    "- read /",
    "+ write /b",
    "- write /",
    "+ net chatgpt.com:443",
    "+ net 127.0.0.1:8000",
    ...["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::]", "auth.openai.com:443", "github.com:443"].map((
      host,
    ) => `- net ${host}`),
    "- net objects.githubusercontent.com:443",
    "- net release-assets.githubusercontent.com:443",
    "- net 127.0.0.1:0",
    "- run",
    "- env",
  ]);
  steps.length = 0;
  narrowTo(kept, "linux", api(["read", "write", "net"]));
  assertEquals(steps, ["- run", "- env"]);
});
