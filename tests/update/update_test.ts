import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { openSuccessor } from "../../src/update/replace_executable.ts";
import { VERSION } from "../../src/version.ts";
import { runProgram } from "../program.ts";
import {
  NEW_PROGRAM,
  OLD_PROGRAM,
  type ReleaseOptions,
  type ReleaseStage,
  withRelease,
} from "./release_server.ts";

const text = (content: string) => new TextEncoder().encode(content);
const ARCHIVE = "ccproxy-x86_64-unknown-linux-gnu.tar.gz";

function updateTest(
  name: string,
  options: ReleaseOptions,
  test: (stage: ReleaseStage) => Promise<void>,
): void {
  Deno.test(`update ${name}`, () => withRelease(options, test));
}

/** The program as it was, nothing beside it, nothing said on standard output. */
async function assertUntouched({ fake, path, names }: ReleaseStage): Promise<void> {
  assertEquals([await Deno.readTextFile(path), names(), fake.stdout()], [
    OLD_PROGRAM,
    [path.replace(/^.*\//, "")],
    "",
  ]);
}

updateTest("--check names a newer release and changes nothing", {}, async (stage) => {
  assertEquals(await stage.update("--check"), 0);
  assertEquals([stage.fake.stdout(), stage.fake.stderr()], [
    "ccproxy 9.8.7 is available; this is 1.2.3\n",
    '"ccproxy update --apply" installs it\n',
  ]);
  assertEquals(stage.asked, ["/latest/download/ccproxy.json"]);
  assertEquals([await Deno.readTextFile(stage.path), stage.names()], [OLD_PROGRAM, ["ccproxy"]]);
  assertEquals(stage.fake.listeners(), 0);
});

updateTest("--check --json tells programs the same", {}, async (stage) => {
  assertEquals(await stage.update("--check", "--json"), 0);
  assertEquals(JSON.parse(stage.fake.stdout()), {
    current: "1.2.3",
    newest: "9.8.7",
    update_available: true,
    updated: false,
    path: stage.path,
    url: stage.base,
  });
});

for (
  const [current, said] of [["9.8.7", "ccproxy 9.8.7 is the newest release\n"], [
    "10.0.0",
    "ccproxy 10.0.0 is newer than the newest release, 9.8.7\n",
  ]] as const
) {
  updateTest(`--apply downloads nothing for ${current}`, { current }, async (stage) => {
    assertEquals([await stage.update("--apply"), stage.fake.stdout()], [0, said]);
    assertEquals([stage.asked, stage.names()], [["/latest/download/ccproxy.json"], ["ccproxy"]]);
    assertEquals(await Deno.readTextFile(stage.path), OLD_PROGRAM);
  });
}

updateTest("--apply puts the new program in the place of the old one", {}, async (stage) => {
  // Whoever runs the old file keeps it: it is another file under the same name.
  using old = await Deno.open(stage.path);
  assertEquals(await stage.update("--apply"), 0);
  assertEquals([stage.fake.stdout(), stage.fake.stderr()], [
    `Updated ${stage.path} to 9.8.7\n`,
    "A proxy that is running keeps the old version until it is started again\n",
  ]);
  assertEquals(await Deno.readFile(stage.path), NEW_PROGRAM);
  assertEquals(((await Deno.stat(stage.path)).mode ?? 0) & 0o777, 0o755);
  assertEquals(stage.names(), ["ccproxy"]);
  const buffer = new Uint8Array(64);
  const length = await old.read(buffer) ?? 0;
  assertEquals(new TextDecoder().decode(buffer.subarray(0, length)), OLD_PROGRAM);
});

updateTest("--apply --json says that it was done", {}, async (stage) => {
  assertEquals(await stage.update("--apply", "--json"), 0);
  const { updated, update_available, newest } = JSON.parse(stage.fake.stdout());
  assertEquals([updated, update_available, newest], [true, false, "9.8.7"]);
});

updateTest(
  "--apply on Windows unpacks the zip and keeps the old file beside the new one",
  { target: "x86_64-pc-windows-msvc" },
  async (stage) => {
    for (let round = 0; round < 2; round++) assertEquals(await stage.update("--apply"), 0);
    assertEquals(stage.names(), ["ccproxy.exe", "ccproxy.exe.old"]);
    assertEquals(await Deno.readFile(stage.path), NEW_PROGRAM);
  },
);

/** Every way in which a release can be wrong: exit code, and the beginning of what is said. */
const REFUSED: readonly (readonly [name: string, options: ReleaseOptions, exitCode: number, said: string])[] =
  [
    [
      "an archive with another checksum",
      { damage: () => text("something else") },
      1,
      `Update failed: the checksum of "${ARCHIVE}" is wrong: found `,
    ],
    [
      "an archive that was cut on its way",
      { damage: (archive) => archive.subarray(0, 100) },
      1,
      `Update failed: the checksum of "${ARCHIVE}" is wrong: found `,
    ],
    [
      "an archive that was cut before its checksum was taken",
      { spoil: (archive) => archive.subarray(0, archive.length - 20) },
      1,
      `Update failed: "${ARCHIVE}" is damaged`,
    ],
    [
      "a damaged zip",
      { target: "aarch64-pc-windows-msvc", spoil: (archive) => archive.with(45, 0xff).with(46, 0xff) },
      1,
      'Update failed: "ccproxy-aarch64-pc-windows-msvc.zip" is damaged',
    ],
    [
      "a foreign file in the archive",
      {
        files: [
          { name: "ccproxy", bytes: NEW_PROGRAM, executable: true },
          { name: "../.profile", bytes: text("evil"), executable: false },
        ],
      },
      1,
      `Update failed: "${ARCHIVE}" holds "../.profile", which no release has`,
    ],
    [
      "two programs in the archive",
      {
        files: [
          { name: "ccproxy", bytes: NEW_PROGRAM, executable: true },
          { name: "ccproxy", bytes: text("evil"), executable: true },
        ],
      },
      1,
      `Update failed: "${ARCHIVE}" must hold "ccproxy" once: found 2`,
    ],
    [
      "an archive without the program",
      { files: [{ name: "LICENSE", bytes: text("MIT"), executable: false }] },
      1,
      `Update failed: "${ARCHIVE}" must hold "ccproxy" once: found 0`,
    ],
    [
      "a release without this archive",
      { answer: (path) => path.endsWith(ARCHIVE) ? new Response("", { status: 404 }) : undefined },
      1,
      'Update failed: "BASE/download/v9.8.7/ccproxy-x86_64-unknown-linux-gnu.tar.gz" answered 404',
    ],
    [
      "checksums that do not name the archive",
      { answer: (path) => path.endsWith("SHA256SUMS") ? new Response(`0  ${ARCHIVE}\n`) : undefined },
      1,
      `Update failed: SHA256SUMS of release 9.8.7 does not name "${ARCHIVE}"`,
    ],
    [
      "a page without releases",
      { answer: () => new Response("", { status: 404 }) },
      1,
      'Update failed: "BASE/latest/download/ccproxy.json" answered 404',
    ],
    [
      "a version that is none",
      { answer: () => Response.json({ version: "1.0.0/../../x" }) },
      1,
      'Update failed: "BASE/latest/download/ccproxy.json" names no version',
    ],
    [
      "a redirect to plain http elsewhere",
      { answer: () => new Response(null, { status: 302, headers: { location: "http://example.com/x" } }) },
      1,
      'Update failed: "BASE/latest/download/ccproxy.json" leads to an address that is not https',
    ],
    [
      "redirects without end",
      {
        answer: () =>
          new Response(null, { status: 302, headers: { location: "/latest/download/ccproxy.json" } }),
      },
      1,
      'Update failed: "BASE/latest/download/ccproxy.json" leads through more than 5 addresses',
    ],
    [
      "a page that is not there",
      { base: "http://127.0.0.1:1" },
      4,
      'Network request failed: "127.0.0.1:1" could not be reached: ',
    ],
    [
      "plain http beyond loopback",
      { base: "http://example.com/releases" },
      2,
      'Wrong usage: CCPROXY_UPDATE_BASE must be https: found "BASE"',
    ],
    [
      "to run from source",
      { commit: "source" },
      1,
      "Update failed: ccproxy runs from source, so it does not replace itself",
    ],
    [
      "a program that does not know its repository",
      { repository: "" },
      1,
      "Update failed: ccproxy runs from source, so it does not replace itself",
    ],
  ];

for (const [name, options, exitCode, said] of REFUSED) {
  updateTest(`--apply refuses ${name} and leaves the program as it was`, options, async (stage) => {
    assertEquals(await stage.update("--apply"), exitCode);
    const [first = "", hint = ""] = stage.fake.stderr().split("\n");
    assertStringIncludes(first.replace(stage.base, "BASE"), said);
    assert(hint.startsWith("hint: "));
    await assertUntouched(stage);
  });
}

Deno.test({
  name: "update --apply says what to do by hand where the folder may not be written",
  ignore: Deno.build.os === "windows" || Deno.uid() === 0,
  fn: () =>
    withRelease({}, async (stage) => {
      await Deno.chmod(stage.folder, 0o555);
      assertEquals(await stage.update("--apply"), 1);
      await Deno.chmod(stage.folder, 0o755);
      assertEquals(
        stage.fake.stderr(),
        `Cannot use a file: "${stage.path}" cannot be replaced: this user may not write to its folder\n` +
          `hint: Download "${stage.base}/latest/download/install.sh" and, as a user who may write there, run ` +
          `"sh install.sh --dir ${stage.folder}"\n`,
      );
      assertEquals(stage.asked, ["/latest/download/ccproxy.json"]);
      await assertUntouched(stage);
    }),
});

Deno.test({
  name: "openSuccessor() says so where the permissions of the executable end",
  permissions: { write: ["/nowhere"] },
  fn: async () => {
    const problem = await openSuccessor("/usr/local/bin/ccproxy", "linux", "By hand").catch((error) => error);
    assertEquals([problem.message, problem.hint], [
      'Cannot use a file: "/usr/local/bin/ccproxy" cannot be replaced: this executable may not write to its folder',
      "By hand",
    ]);
  },
});

updateTest("--apply says what to do by hand where its folder is gone", {}, async (stage) => {
  await Deno.remove(stage.folder, { recursive: true });
  assertEquals(await stage.update("--apply"), 1);
  assertStringIncludes(stage.fake.stderr(), `hint: Download "${stage.base}/latest/download/install.sh"`);
  assertEquals(stage.asked, ["/latest/download/ccproxy.json"]);
  await Deno.mkdir(stage.folder);
});

updateTest("needs exactly one of --check and --apply", {}, async (stage) => {
  for (const words of [[], ["--check", "--apply"], ["--json"]]) assertEquals(await stage.update(...words), 2);
  assertStringIncludes(
    stage.fake.stderr(),
    'Wrong usage: exactly one of "--check" and "--apply" is needed\n',
  );
  assertEquals(stage.asked, []);
});

Deno.test("ccproxy update runs under the program's own permissions", async () => {
  await withRelease({}, async ({ base }) => {
    const env = { CCPROXY_UPDATE_BASE: base };
    const checked = await runProgram(["update", "--check", "--json"], { env });
    assertEquals([checked.code, checked.stderr], [0, ""]);
    assertEquals(JSON.parse(checked.stdout).current, VERSION);
    if (Deno.env.get("CCPROXY_BIN") !== undefined) return;
    assertEquals((await runProgram(["update", "--apply"], { env })).stderr.split("\n"), [
      "Update failed: ccproxy runs from source, so it does not replace itself",
      'hint: Run "git pull" in its folder, or install a release as the README says',
      "",
    ]);
  });
});
