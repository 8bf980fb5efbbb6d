import { assertEquals } from "@std/assert";
import { browserOrigin } from "../../src/config/browser_origin.ts";
import { settingsFrom } from "../../src/config/load.ts";
import { messageOf } from "./message_of.ts";

Deno.test("browserOrigin() is what a browser would send, so that a listed origin can match", () => {
  const rows: [string, string | undefined][] = [
    ["https://app.example", "https://app.example"],
    ["http://localhost:3000", "http://localhost:3000"],
    ["http://[::1]:3000", "http://[::1]:3000"],
    ["app://obsidian.md", "app://obsidian.md"],
    ["chrome-extension://abcdefgh", "chrome-extension://abcdefgh"],
    ["safari-web-extension://A1B2-C3", "safari-web-extension://A1B2-C3"],
    ["https://app.example/", "https://app.example"],
    ["https://App.Example", "https://app.example"],
    ["HTTPS://app.example", "https://app.example"],
    ["https://app.example:443", "https://app.example"],
    ["http://app.example:80", "http://app.example"],
    ["https://app.example:0443", "https://app.example"],
    ["https://bücher.example", "https://xn--bcher-kva.example"],
    ["http://127.1:3000", "http://127.0.0.1:3000"],
    ["http://[0:0::1]:3000", "http://[::1]:3000"],
    ["https://app.example:99999", undefined],
    ["https://256.0.0.1", undefined],
    ["app://x:99999", undefined],
    ["app://x:080", undefined],
    ["https://user@app.example", undefined],
    ["https://app.example/path", undefined],
    ["https://*.example", undefined],
    ["wss://app.example", undefined],
    ["file:///x", undefined],
    ["null", undefined],
    ["*", undefined],
    ["app.example", undefined],
    ["https://", undefined],
  ];
  assertEquals(rows.map(([text]) => [text, browserOrigin(text)]), rows);
});

Deno.test("settingsFrom() refuses an origin that can never match, and says what would", () => {
  const fault = (origin: string) =>
    messageOf(() =>
      settingsFrom(
        { path: "/c.toml", explicit: false, env: { get: () => undefined } },
        `[server]\ncors_origins = [${JSON.stringify(origin)}]\n`,
      )
    );
  const needed =
    'Invalid configuration: /c.toml:2: "server.cors_origins" must be a list of texts, each an origin ' +
    'such as "https://app.example", without path: found ';
  assertEquals(
    fault("https://app.example:443"),
    `${needed}"https://app.example:443" (browsers send "https://app.example")`,
  );
  assertEquals(
    fault("http://localhost:99999"),
    `${needed}"http://localhost:99999" (a port is from 1 to 65535)`,
  );
  assertEquals(fault("null"), `${needed}"null" (pages without an origin are never let in)`);
  assertEquals(fault("*"), `${needed}"*"`);
});
