import { assertEquals, assertStringIncludes } from "@std/assert";
import { archiveName } from "../../tools/package/assets.ts";
import { hostTarget } from "../../tools/permissions.ts";
import { type DownloadServer, withDownloadServer } from "./download_server.ts";
import { type Ended, hasProgram, run, withTempDir } from "./run.ts";

const PROGRAM = new TextEncoder().encode('#!/bin/sh\necho "ccproxy 9.8.7 said $1"\n');
const ARCHIVE = archiveName(hostTarget());

interface Place {
  readonly home: string;
  readonly server: DownloadServer;
  install(...words: string[]): Promise<Ended>;
  /** names in a folder below home, sorted; empty when there is no such folder */
  names(folder: string): string[];
}

function installTest(name: string, test: (place: Place) => Promise<void>): void {
  Deno.test({
    name: `install.sh ${name}`,
    ignore: Deno.build.os === "windows",
    fn: () =>
      withTempDir((home) =>
        withDownloadServer(PROGRAM, (server) =>
          test({
            home,
            server,
            install: (...words) =>
              run("sh", ["tools/install/install.sh", ...words], {
                HOME: home,
                CCPROXY_DOWNLOAD_BASE: server.base,
              }),
            names(folder) {
              try {
                return [...Deno.readDirSync(`${home}/${folder}`)].map((entry) => entry.name).sort();
              } catch {
                return [];
              }
            },
          }))
      ),
  });
}

installTest("puts the newest release into ~/.local/bin and says what to do next", async (place) => {
  const dir = `${place.home}/.local/bin`;
  assertEquals(await place.install(), {
    code: 0,
    stdout: `ccproxy 9.8.7 said --version\nInstalled ${dir}/ccproxy\n` +
      `Next: add the folder to your PATH, for example with: export PATH="${dir}:$PATH"\n`,
    stderr: "",
  });
  assertEquals(place.names(".local/bin"), ["ccproxy"]);
  assertEquals(((await Deno.stat(`${dir}/ccproxy`)).mode ?? 0) & 0o777, 0o755);
  assertEquals(place.server.asked, ["/latest/download/SHA256SUMS", `/latest/download/${ARCHIVE}`]);
});

installTest("takes --version with and without v, and --dir", async (place) => {
  for (const version of ["v9.8.7", "9.8.7"]) {
    const ended = await place.install("--version", version, `--dir=${place.home}/a b`);
    assertEquals([ended.code, place.names("a b")], [0, ["ccproxy"]]);
  }
  assertEquals(
    new Set(place.server.asked),
    new Set(["SHA256SUMS", ARCHIVE].map((f) => `/download/v9.8.7/${f}`)),
  );
});

installTest("replaces an older program, also one that is a link", async (place) => {
  await Deno.mkdir(`${place.home}/bin`);
  await Deno.writeTextFile(`${place.home}/old`, "old");
  await Deno.symlink(`${place.home}/old`, `${place.home}/bin/ccproxy`);
  assertEquals((await place.install("--dir", `${place.home}/bin`)).code, 0);
  assertEquals(await Deno.readTextFile(`${place.home}/bin/ccproxy`), new TextDecoder().decode(PROGRAM));
  assertEquals(await Deno.readTextFile(`${place.home}/old`), "old");
});

installTest("refuses an archive with another checksum and installs nothing", async (place) => {
  place.server.set(ARCHIVE, new TextEncoder().encode("something else"));
  const ended = await place.install();
  assertEquals([ended.code, ended.stdout, place.names(".local/bin")], [1, "", []]);
  assertStringIncludes(ended.stderr, `install.sh: the checksum of "${ARCHIVE}" is wrong: found `);
});

installTest("refuses a release that does not name the archive", async (place) => {
  place.server.set("SHA256SUMS", new TextEncoder().encode(`0  x${ARCHIVE}\n0  ${ARCHIVE}.sig\n`));
  assertEquals(await place.install(), {
    code: 1,
    stdout: "",
    stderr: `install.sh: SHA256SUMS of this release does not name "${ARCHIVE}"\n`,
  });
});

installTest("keeps the installed program when the release is not there", async (place) => {
  assertEquals((await place.install()).code, 0);
  const ended = await place.install("--version", "1.0.0");
  assertEquals([ended.code, place.names(".local/bin")], [1, ["ccproxy"]]);
  assertStringIncludes(
    ended.stderr,
    `"${place.server.base}/download/v1.0.0/SHA256SUMS" could not be downloaded`,
  );
});

installTest("--uninstall removes the program and nothing else", async (place) => {
  assertEquals((await place.install()).code, 0);
  await Deno.writeTextFile(`${place.home}/.local/bin/other`, "");
  const removed = await place.install("--uninstall");
  assertEquals([removed.code, place.names(".local/bin")], [0, ["other"]]);
  assertStringIncludes(removed.stdout, `Removed ${place.home}/.local/bin/ccproxy\n`);
  assertEquals(
    (await place.install("--uninstall")).stderr,
    `install.sh: there is no ccproxy in ` +
      `"${place.home}/.local/bin": name its folder with --dir\n`,
  );
});

installTest("refuses unknown words, missing values and odd versions before it downloads", async (place) => {
  const codes: number[] = [];
  for (const words of [["--verison"], ["--dir"], ["--version", ""], ["--version", "1/../../x"]]) {
    codes.push((await place.install(...words)).code);
  }
  assertEquals([codes, place.server.asked], [[2, 1, 1, 1], []]);
});

installTest("refuses to download without TLS from anywhere but this machine", async (place) => {
  const ended = await run("sh", ["tools/install/install.sh"], {
    HOME: place.home,
    CCPROXY_DOWNLOAD_BASE: "http://127.0.0.1.example.com",
  });
  assertEquals(ended.stderr.includes("only https is allowed for downloads"), true);
});

installTest("without a known release page says where to take the script from", async (place) => {
  const ended = await run("sh", ["tools/install/install.sh"], {
    HOME: place.home,
    CCPROXY_DOWNLOAD_BASE: "",
  });
  assertEquals([ended.code, ended.stderr.includes("take install.sh from a release")], [1, true]);
});

Deno.test({
  name: "install.sh and .ci/run are clean for shellcheck, where it is installed",
  ignore: !await hasProgram("shellcheck"),
  fn: async () => {
    assertEquals(await run("shellcheck", ["tools/install/install.sh", ".ci/run"]), {
      code: 0,
      stdout: "",
      stderr: "",
    });
  },
});
