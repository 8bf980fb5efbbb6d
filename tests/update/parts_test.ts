import { assertEquals, assertThrows } from "@std/assert";
import { compareVersions, isVersion } from "../../src/semver.ts";
import { archiveNameOf, byHand, findObstacle } from "../../src/update/installation.ts";
import { unpackTar } from "../../src/update/unpack_tar.ts";
import { archiveName } from "../../tools/package/assets.ts";
import { TARGETS } from "../../tools/permissions.ts";

Deno.test("compareVersions() orders versions as semver does", () => {
  const ordered = [
    "nonsense",
    "0.1.0",
    "0.2.0",
    "0.10.0",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.1",
  ];
  const shuffled = [...ordered].sort().reverse();
  assertEquals(shuffled.sort(compareVersions), ordered);
  assertEquals(compareVersions("1.2.3", "1.2.3"), 0);
});

Deno.test("isVersion() takes what may stand in an address, and nothing else", () => {
  const texts = [
    "0.1.0",
    "1.2.3-rc.1",
    "1.2",
    "v1.2.3",
    "1.2.3/..",
    "1.2.3\n",
    "",
    `1.2.3-${"a".repeat(99)}`,
  ];
  assertEquals(texts.map(isVersion), [true, true, false, false, false, false, false, false]);
});

Deno.test("archiveNameOf() names every archive as a release does", () => {
  assertEquals(TARGETS.map(archiveNameOf), TARGETS.map(archiveName));
});

Deno.test("findObstacle() knows who else looks after a program by its place", () => {
  const instead = (path: string) =>
    findObstacle({ path, os: "linux", repository: "owner/ccproxy", commit: "abc1234" })?.instead;
  assertEquals(
    [
      "/home/me/.local/bin/ccproxy",
      "/opt/homebrew/Cellar/ccproxy/0.1.0/bin/ccproxy",
      "/home/linuxbrew/.linuxbrew/bin/ccproxy",
      "C:\\Users\\me\\scoop\\apps\\ccproxy\\current\\ccproxy.exe",
      "/nix/store/abc-ccproxy/bin/ccproxy",
      "/usr/bin/ccproxy",
      "/usr/local/bin/ccproxy",
      "/home/me/.deno/bin/deno",
      "C:\\Users\\me\\ccproxy.exe",
    ].map(instead),
    [
      undefined,
      'Run "brew upgrade ccproxy"',
      'Run "brew upgrade ccproxy"',
      'Run "scoop update ccproxy"',
      "Update it with Nix",
      "Update the package, or pull the new image",
      undefined,
      'Run "git pull" in its folder, or install a release as the README says',
      undefined,
    ],
  );
});

Deno.test("byHand() names the install script of the system", () => {
  const page = "https://github.com/owner/ccproxy/releases";
  const facts = { repository: "owner/ccproxy", commit: "abc1234" };
  assertEquals(
    byHand({ ...facts, os: "windows", path: "C:\\Tools\\ccproxy.exe" }, page).split(" run ")[1],
    [
      '".\\install.ps1 -Dir C:\\Tools"',
    ][0],
  );
  assertEquals(
    byHand({ ...facts, os: "linux", path: "/opt/x/ccproxy" }, page),
    `Download "${page}/latest/download/install.sh" and, as a user who may write there, run ` +
      '"sh install.sh --dir /opt/x"',
  );
});

Deno.test("unpackTar() refuses links, folders and headers whose checksum is wrong", () => {
  for (const kind of ["1", "2", "5", "x"]) {
    assertThrows(() => unpackTar(header(kind)), `kind ${kind}`);
  }
  assertEquals(unpackTar(header("0")).map(({ name }) => name), ["ccproxy"]);
  assertThrows(() => unpackTar(header("0").with(3, 0x41)), "checksum");
  assertThrows(() => unpackTar(header("0").subarray(0, 512)), "no end");
});

/** An empty file of a kind, with the end of an archive behind it. */
function header(kind: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(1536);
  const put = (at: number, content: string) => bytes.set(new TextEncoder().encode(content), at);
  put(0, "ccproxy");
  put(124, "00000000000");
  put(148, " ".repeat(8));
  put(156, kind);
  put(148, `${bytes.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0")}\0 `);
  return bytes;
}
