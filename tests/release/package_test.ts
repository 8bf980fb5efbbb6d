import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { VERSION } from "../../src/version.ts";
import { executableName } from "../../tools/compile.ts";
import { tarGz, zip } from "../../tools/package/archive.ts";
import { archiveName } from "../../tools/package/assets.ts";
import { releaseNotes } from "../../tools/package/release_notes.ts";
import { bakeRepository, makeRelease, readReleaseOptions } from "../../tools/package/release.ts";
import { TARGETS } from "../../tools/permissions.ts";
import { hasProgram, run, withTempDir } from "./run.ts";

const FILES = [
  { name: "ccproxy", bytes: new TextEncoder().encode("#!/bin/sh\n".repeat(100)), executable: true },
  { name: "LICENSE", bytes: new Uint8Array(512), executable: false },
];

Deno.test("releaseNotes() gives the section of the version, in each of the usual headings", () => {
  for (const heading of ["## 0.1.0", "## [0.1.0] - 2026-11-22", "## v0.1.0 (2026-11-22)"]) {
    const changelog =
      `# Changelog\n\n## Unreleased\n\nlater\n\n${heading}\n\nFirst.\n\n### Added\n\n- this\n\n## 0.1.0-rc.1\n\nold\n`;
    assertEquals(releaseNotes(changelog, "0.1.0"), "First.\n\n### Added\n\n- this\n");
  }
});

Deno.test("releaseNotes() refuses a version without notes", () => {
  assertThrows(() => releaseNotes("## Unreleased\n\n- x\n", "0.1.0"));
  assertThrows(() => releaseNotes("## 0.1.0\n\n## 0.0.9\n\n- x\n", "0.1.0"));
  assertThrows(() => releaseNotes("## 0x1.0\n\n- x\n", "0.1.0"));
});

Deno.test("readReleaseOptions() refuses what is missing, unknown or no repository", () => {
  const words = ["--repository", "o/n", "--commit-time", "7", "--dist", "d", "--out", "r"];
  assertEquals(readReleaseOptions(words), {
    repository: "o/n",
    commitTimeMs: 7000,
    dist: "d",
    out: "r",
    changelog: ".github/CHANGELOG.md",
  });
  for (
    const wrong of [words.slice(2), [...words, "--x", "y"], words.with(1, 'o/n"; rm'), words.with(3, "soon")]
  ) {
    assertThrows(() => readReleaseOptions(wrong));
  }
});

Deno.test("bakeRepository() writes the one line of each install script", async () => {
  for (const name of ["install.sh", "install.ps1"]) {
    const script = await Deno.readTextFile(`tools/install/${name}`);
    const baked = bakeRepository(script, "owner/name");
    const changed = baked.split("\n").filter((line, index) => line !== script.split("\n")[index]);
    assertEquals(changed.map((line) => line.replace("$Repository = ", "REPOSITORY=")), [
      'REPOSITORY="owner/name"',
    ]);
  }
  assertThrows(() => bakeRepository("#!/bin/sh\n", "owner/name"));
});

Deno.test({
  name: "tarGz() makes what tar unpacks, with modes",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withTempDir(async (dir) => {
      await Deno.writeFile(`${dir}/a.tar.gz`, await tarGz(FILES, 1_000_000_000_000));
      assertEquals(await run("tar", ["-xzf", `${dir}/a.tar.gz`, "-C", dir]), {
        code: 0,
        stdout: "",
        stderr: "",
      });
      for (const file of FILES) {
        const { mode, mtime } = await Deno.stat(`${dir}/${file.name}`);
        assertEquals(await Deno.readFile(`${dir}/${file.name}`), file.bytes);
        assertEquals([((mode ?? 0) & 0o100) !== 0, mtime?.getTime()], [file.executable, 1_000_000_000_000]);
      }
    }),
});

Deno.test({
  name: "zip() makes what unzip accepts, with modes",
  ignore: Deno.build.os === "windows" || !await hasProgram("unzip"),
  fn: () =>
    withTempDir(async (dir) => {
      await Deno.writeFile(`${dir}/a.zip`, await zip(FILES));
      const ended = await run("unzip", ["-q", `${dir}/a.zip`, "-d", dir]);
      assertEquals(ended, { code: 0, stdout: "", stderr: "" });
      for (const file of FILES) {
        const { mode } = await Deno.stat(`${dir}/${file.name}`);
        assertEquals(await Deno.readFile(`${dir}/${file.name}`), file.bytes);
        assertEquals(((mode ?? 0) & 0o100) !== 0, file.executable);
      }
    }),
});

Deno.test("makeRelease() makes every file of a release, the same bytes each time, with true checksums", () =>
  withTempDir(async (dir) => {
    await Deno.mkdir(`${dir}/dist`);
    for (const target of TARGETS) {
      await Deno.writeTextFile(`${dir}/dist/${executableName(target, true)}`, target);
    }
    await Deno.writeTextFile(`${dir}/CHANGELOG.md`, `# Changelog\n\n## ${VERSION}\n\n- First release\n`);
    const make = (out: string) =>
      makeRelease({
        repository: "owner/name",
        commitTimeMs: 0,
        dist: `${dir}/dist`,
        out: `${dir}/${out}`,
        changelog: `${dir}/CHANGELOG.md`,
      });
    await make("one");
    await make("two");

    const names = (await Array.fromAsync(Deno.readDir(`${dir}/one`), (entry) => entry.name)).sort();
    const checked = [...TARGETS.map(archiveName), "install.ps1", "install.sh"].sort();
    assertEquals(names, [...checked, "NOTES.md", "SHA256SUMS", "ccproxy.json", "ccproxy.rb"].sort());
    for (const name of names) {
      assertEquals(await Deno.readFile(`${dir}/one/${name}`), await Deno.readFile(`${dir}/two/${name}`));
    }

    const sums: string[] = [];
    for (const name of checked) {
      const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(`${dir}/one/${name}`));
      sums.push(`${new Uint8Array(digest).toHex()}  ${name}\n`);
    }
    assertEquals(await Deno.readTextFile(`${dir}/one/SHA256SUMS`), sums.join(""));

    const sumOf = (name: string) => sums.find((line) => line.endsWith(`  ${name}\n`))?.slice(0, 64) ?? "none";
    const formula = await Deno.readTextFile(`${dir}/one/ccproxy.rb`);
    for (const target of TARGETS.filter((target) => !target.includes("windows"))) {
      const name = archiveName(target);
      assertStringIncludes(
        formula,
        `      url "https://github.com/owner/name/releases/download/v${VERSION}/${name}"\n      sha256 "${
          sumOf(name)
        }"\n`,
      );
    }
    const manifest = JSON.parse(await Deno.readTextFile(`${dir}/one/ccproxy.json`));
    assertEquals(manifest.architecture["64bit"], {
      url: `https://github.com/owner/name/releases/download/v${VERSION}/ccproxy-x86_64-pc-windows-msvc.zip`,
      hash: sumOf("ccproxy-x86_64-pc-windows-msvc.zip"),
    });
    if (await hasProgram("ruby")) {
      assertEquals((await run("ruby", ["-c", `${dir}/one/ccproxy.rb`])).code, 0);
    }
  }));

Deno.test("makeRelease() stops where an executable is missing", () =>
  withTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/CHANGELOG.md`, `## ${VERSION}\n\n- First release\n`);
    const options = {
      repository: "o/n",
      commitTimeMs: 0,
      dist: dir,
      out: `${dir}/out`,
      changelog: `${dir}/CHANGELOG.md`,
    };
    await assertRejects(() => makeRelease(options));
  }));
