import { compareVersions } from "../../src/semver.ts";
import { assertEquals } from "@std/assert";
import {
  CLIENT_VERSION,
  clientVersion,
  isCodexUserAgent,
  readCodexVersion,
  userAgent,
} from "../../src/upstream/client_identity.ts";

const NONE = { setting: undefined, callerVersion: undefined, minimal: undefined };

Deno.test("clientVersion() is the pin, unless something needs a higher one", () => {
  assertEquals(clientVersion(NONE), CLIENT_VERSION);
  assertEquals(clientVersion({ ...NONE, callerVersion: "0.172.1", minimal: "0.155.0" }), "0.172.1");
  assertEquals(clientVersion({ ...NONE, callerVersion: "0.172.1", minimal: "0.173.0" }), "0.173.0");
  assertEquals(clientVersion({ ...NONE, callerVersion: "0.9.9", minimal: "0.155.0" }), CLIENT_VERSION);
});

Deno.test("clientVersion() takes the setting as it is", () => {
  const sources = { setting: "0.144.0", callerVersion: "0.200.0", minimal: "0.155.0" };
  assertEquals(clientVersion(sources), "0.144.0");
  assertEquals(clientVersion({ ...sources, setting: " " }), "0.200.0");
});

Deno.test("clientVersion() does not repeat what is no version", () => {
  assertEquals(clientVersion({ ...NONE, callerVersion: "9.9.9\r\nx: y", minimal: "latest" }), CLIENT_VERSION);
});

Deno.test("compareVersions() orders by number, pre-releases first", () => {
  const versions = [
    "0.170.0",
    "0.9.0",
    "nonsense",
    "0.170.0-alpha.10",
    "1.0.0",
    "0.170.0-alpha.9",
    "0.170.0-alpha",
  ];
  assertEquals(versions.sort(compareVersions), [
    "nonsense",
    "0.9.0",
    "0.170.0-alpha",
    "0.170.0-alpha.9",
    "0.170.0-alpha.10",
    "0.170.0",
    "1.0.0",
  ]);
});

Deno.test("userAgent() has the form of the Codex CLI's", () => {
  assertEquals(
    userAgent("codex_cli_rs", "0.169.0", { os: "linux", arch: "x86_64" }),
    "codex_cli_rs/0.169.0 (Linux Unknown; x86_64) unknown (codex_cli_rs; 0.169.0)",
  );
  assertEquals(
    userAgent("codex_cli_rs", "0.169.0", { os: "darwin", arch: "aarch64", release: "15.1.0" }),
    "codex_cli_rs/0.169.0 (Mac OS 15.1.0; arm64) unknown (codex_cli_rs; 0.169.0)",
  );
});

Deno.test("isCodexUserAgent() knows the vendor's clients", () => {
  const agents = [
    "codex_exec/0.169.0 (Debian 12.0.0; x86_64)",
    "codex-tui/0.1.0",
    "Codex Desktop/1.2.3",
    "curl/8",
    "codexlike/1",
    "",
  ];
  assertEquals(agents.map(isCodexUserAgent), [true, true, true, false, false, false]);
  assertEquals(isCodexUserAgent(null), false);
});

Deno.test("readCodexVersion() reads the version header of a Codex client, else its user agent", () => {
  const agent = "codex_exec/0.171.0 (Debian 12.0.0; x86_64) xterm (codex_exec; 0.171.0)";
  assertEquals([
    readCodexVersion(new Headers({ "user-agent": agent, version: "0.172.0" })),
    readCodexVersion(new Headers({ "user-agent": agent })),
    readCodexVersion(new Headers({ "user-agent": agent, version: "dev" })),
    readCodexVersion(new Headers({ originator: "codex_cli_rs", version: "0.170.0-alpha.1" })),
    readCodexVersion(new Headers({ "user-agent": "OpenAI/JS 7.0.0", version: "9.0.0" })),
    readCodexVersion(new Headers({ "user-agent": "codex_exec/dev" })),
  ], ["0.172.0", "0.171.0", "0.171.0", "0.170.0-alpha.1", undefined, undefined]);
});
