import { assertEquals } from "@std/assert";
import { isExempt, proxyOf } from "../../src/config/proxy_of.ts";

const PROXY = "http://proxy.corp:8080";
const BACKEND = "https://chatgpt.com/backend-api/codex";

function through(address: string, variables: Readonly<Record<string, string>>): string | undefined {
  return proxyOf(new URL(address), { get: (name) => variables[name] });
}

Deno.test("proxyOf() never sends this machine, or anything that is not encrypted, through a proxy", () => {
  for (const name of ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]) {
    for (
      const address of [
        "http://127.0.0.1:8000/health",
        "http://localhost:8000/health",
        "http://[::1]:8000/health",
        "http://127.9.9.9/",
        "https://localhost/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "http://192.168.1.5:8000/health",
        "http://box.lan:8000/health",
      ]
    ) assertEquals(through(address, { [name]: PROXY }), undefined, `${name} ${address}`);
  }
});

Deno.test("proxyOf() takes the proxy for https, then the one for all, lower case first, as curl does", () => {
  assertEquals(through(BACKEND, {}), undefined);
  assertEquals(through(BACKEND, { HTTP_PROXY: PROXY }), undefined);
  assertEquals(through(BACKEND, { HTTPS_PROXY: PROXY }), PROXY);
  assertEquals(through(BACKEND, { ALL_PROXY: PROXY }), PROXY);
  assertEquals(through(BACKEND, { ALL_PROXY: "http://a", HTTPS_PROXY: "http://b" }), "http://b");
  assertEquals(through(BACKEND, { HTTPS_PROXY: "http://a", https_proxy: "http://b" }), "http://b");
  assertEquals(through(BACKEND, { all_proxy: "http://a", HTTPS_PROXY: "http://b" }), "http://b");
  assertEquals(through(BACKEND, { https_proxy: "", ALL_PROXY: PROXY }), undefined);
  assertEquals(through(BACKEND, { HTTPS_PROXY: "proxy.corp:8080" }), PROXY);
  assertEquals(through(BACKEND, { HTTPS_PROXY: "socks5://p:1" }), "socks5://p:1");
  assertEquals(through(BACKEND, { HTTPS_PROXY: PROXY, NO_PROXY: "chatgpt.com" }), undefined);
  assertEquals(through(BACKEND, { HTTPS_PROXY: PROXY, NO_PROXY: "chatgpt.com", no_proxy: "x" }), PROXY);
});

Deno.test("isExempt() reads a list as curl does, ports and networks too", () => {
  const rows: [address: string, list: string, exempt: boolean][] = [
    ["https://api.corp.example/", "", false],
    ["https://api.corp.example/", "*", true],
    ["https://10.1.2.3/", "*", true],
    ["https://[fd00::1]/", "other.example, *", true],
    ["https://api.corp.example/", "corp.example", true],
    ["https://api.corp.example/", ".corp.example", true],
    ["https://corp.example/", "corp.example", true],
    ["https://corp.example/", ".corp.example", true],
    ["https://notcorp.example/", "corp.example", false],
    ["https://notcorp.example/", ".corp.example", false],
    ["https://corp.example.evil.com/", "corp.example", false],
    ["https://API.Corp.Example/", "CORP.EXAMPLE", true],
    ["https://api.corp.example./", "corp.example", true],
    ["https://api.corp.example/", "corp.example.", true],
    ["https://api.corp.example/", "a.example,corp.example", true],
    ["https://api.corp.example/", " a.example , corp.example ", true],
    ["https://api.corp.example/", "a.example corp.example", true],
    ["https://api.corp.example/", "*.corp.example", false],
    ["https://api.corp.example/", ".", false],
    ["https://api.corp.example:8443/", "corp.example", true],
    ["https://api.corp.example:8443/", "corp.example:8443", true],
    ["https://api.corp.example/", "corp.example:443", true],
    ["https://api.corp.example/", "corp.example:8443", false],
    ["https://10.1.2.3/", "10.1.2.3", true],
    ["https://10.1.2.3/", "10.1.2.3:443", true],
    ["https://10.1.2.3/", "10.1.2.3:80", false],
    ["https://10.1.2.3/", "10.0.0.0/8", true],
    ["https://11.1.2.3/", "10.0.0.0/8", false],
    ["https://10.1.2.3/", "10.1.2.0/30", true],
    ["https://10.1.2.4/", "10.1.2.0/30", false],
    ["https://10.1.2.3/", "0.0.0.0/0", true],
    ["https://10.1.2.3/", "10.0.0.0/33", false],
    ["https://10.1.2.3/", "10.0.0.0/x", false],
    ["https://10.1.2.3/", "2.3", false],
    ["https://[fd00::1]/", "fd00::1", true],
    ["https://[fd00::1]/", "[fd00::1]", true],
    ["https://[fd00::1]/", "[fd00::1]:443", true],
    ["https://[fd00::1]/", "[fd00::1]:80", false],
    ["https://[fd00::1]/", "FD00:0:0::1", true],
    ["https://[fd00::1]/", "fd00::/8", true],
    ["https://[fe80::1]/", "fd00::/8", false],
    ["https://[fd00::1]/", "10.0.0.0/8", false],
    ["https://10.1.2.3/", "::/0", false],
  ];
  for (const [address, list, exempt] of rows) {
    assertEquals(isExempt(new URL(address), list), exempt, `${address} in "${list}"`);
  }
});
