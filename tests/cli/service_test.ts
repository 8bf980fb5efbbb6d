import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { lineDiff } from "../../src/cli/line_diff.ts";
import { install } from "../../src/cli/service/install.ts";
import { LAUNCHD_PLIST, launchdPlist, SYSTEMD_UNIT, systemdUnit } from "../../src/cli/service/unit_text.ts";
import { Problem } from "../../src/problem.ts";
import { makeHome } from "./home.ts";

const FOLDER = new URL("../../tools/service/", import.meta.url);
const EXECUTABLE = "/opt/my tools/100% it's $HOME/ccproxy";

async function read(path: string): Promise<string | undefined> {
  return await Deno.readTextFile(path).catch(() => undefined);
}

/** What an external checker prints; undefined when it is not installed. */
async function output(program: string, args: string[]): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await new Deno.Command(program, { args, stdin: "null" }).output();
    return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  } catch {
    return undefined;
  }
}

Deno.test("the texts of the service are the files of tools/service", async () => {
  assertEquals(SYSTEMD_UNIT, await Deno.readTextFile(new URL("ccproxy.service", FOLDER)));
  assertEquals(LAUNCHD_PLIST, await Deno.readTextFile(new URL("ccproxy.plist", FOLDER)));
});

Deno.test("systemdUnit() quotes the path, and systemd reads it back", async () => {
  const text = systemdUnit({ path: EXECUTABLE, config: "/etc/a b.toml", env: { CODEX_HOME: "/x y" } });
  assertStringIncludes(text, '\nEnvironment="CODEX_HOME=/x y"\n');
  assertStringIncludes(
    text,
    `\nExecStart="/opt/my tools/100%% it's $$HOME/ccproxy" serve --config "/etc/a b.toml" --log-format json\n`,
  );
  const directory = await Deno.makeTempDir();
  try {
    const program = `${directory}/my "100% it's $HOME\\`;
    await Deno.writeTextFile(program, "#!/bin/sh\n", { mode: 0o755 });
    const unit = `${directory}/ccproxy-test.service`;
    await Deno.writeTextFile(unit, systemdUnit({ path: program, config: undefined, env: {} }));
    const said = await output("systemd-analyze", ["verify", "--man=no", unit]);
    // It names what it cannot read, and a program that is not there.
    if (said !== undefined) assert(!/not executable|Invalid|bad-setting|Failed to/i.test(said), said);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("launchdPlist() holds a shell line that runs exactly the program", async () => {
  const text = launchdPlist({ path: EXECUTABLE, config: undefined, env: { CODEX_HOME: "/x y" } });
  const line = await output("python3", [
    "-c",
    "import plistlib, sys; print(plistlib.loads(sys.argv[1].encode())['ProgramArguments'][2], end='')",
    text,
  ]);
  if (line === undefined) return;
  assertEquals(
    line,
    `CODEX_HOME='/x y' exec '/opt/my tools/100% it'\\''s $HOME/ccproxy' serve --log-format json >>"$HOME/Library/Logs/ccproxy.log" 2>&1`,
  );
});

Deno.test("service install writes, starts, and changes nothing the second time", async () => {
  await using home = await makeHome();
  const unit = `${home.path}/.config/systemd/user/ccproxy.service`;
  const world = () => home.world({ runProgram: () => ({ code: 0, output: "" }) });
  const dry = world();
  assertEquals(await install(dry.world, { "dry-run": true }, "/usr/bin/ccproxy"), 0);
  assertEquals([await read(unit), dry.ran], [undefined, []]);
  assertStringIncludes(dry.stdout(), "+ ExecStart=/usr/bin/ccproxy serve --log-format json\n");
  assertMatch(
    dry.stdout(),
    /\n\$ systemctl --user daemon-reload\n\$ systemctl --user enable --now ccproxy\n$/,
  );

  const first = world();
  assertEquals(await install(first.world, {}, "/usr/bin/ccproxy"), 0);
  assertStringIncludes(await read(unit) ?? "", "\nExecStart=/usr/bin/ccproxy serve --log-format json\n");
  assertEquals(first.ran, ["systemctl --user daemon-reload", "systemctl --user enable --now ccproxy"]);

  const second = world();
  assertEquals(await install(second.world, {}, "/usr/bin/ccproxy"), 0);
  assertEquals(second.stdout(), `${unit}\n  (unchanged)\n`);

  const moved = world();
  assertEquals(await install(moved.world, {}, "/opt/ccproxy"), 0);
  assertEquals(moved.stdout().split("\n").slice(1), [
    "- ExecStart=/usr/bin/ccproxy serve --log-format json",
    "+ ExecStart=/opt/ccproxy serve --log-format json",
    "",
  ]);
  assertEquals(moved.ran.at(-1), "systemctl --user restart ccproxy");
});

Deno.test("service install says what is left where it may not run the service manager, and what that refused", async () => {
  await using home = await makeHome();
  const alone = home.world();
  assertEquals(await install(alone.world, {}, "/usr/bin/ccproxy"), 1);
  assertStringIncludes(alone.stderr(), "run them yourself:\n  systemctl --user daemon-reload\n");
  assert(!alone.stderr().includes("Installed"));
  const refusing = home.world({ runProgram: () => ({ code: 1, output: "Failed to connect to bus\n" }) });
  const thrown = await install(refusing.world, {}, "/usr/bin/ccproxy").catch((error) => error);
  assert(thrown instanceof Problem);
  assertEquals(
    thrown.message,
    'The service manager refused: "systemctl --user daemon-reload" ended with 1: Failed to connect to bus',
  );
  const source = await install(home.world().world, {}, "/usr/bin/deno").catch((error) => error);
  assert(source instanceof Problem && source.code === "usage");
});

Deno.test("service install on macOS starts the agent, and again after a change", async () => {
  await using home = await makeHome();
  const world = () => home.world({ os: "darwin", runProgram: () => ({ code: 0, output: "" }) });
  const uid = (await Deno.stat(home.path)).uid;
  const plist = `${home.path}/Library/LaunchAgents/ccproxy.plist`;
  const first = world();
  assertEquals(await install(first.world, {}, "/usr/local/bin/ccproxy"), 0);
  assertEquals(first.ran, [`launchctl bootstrap gui/${uid} ${plist}`]);
  const moved = world();
  assertEquals(await install(moved.world, {}, "/opt/ccproxy"), 0);
  assertEquals(moved.ran, [
    `launchctl bootout gui/${uid}/ccproxy`,
    `launchctl bootstrap gui/${uid} ${plist}`,
  ]);
});

Deno.test("service uninstall stops and removes, and has nothing to do the second time", async () => {
  await using home = await makeHome();
  const unit = `${home.path}/.config/systemd/user/ccproxy.service`;
  const ok = { runProgram: () => ({ code: 0, output: "" }) };
  await install(home.world(ok).world, {}, "/usr/bin/ccproxy");
  const dry = await home.run("service uninstall --dry-run", ok);
  assertEquals([dry.code, await read(unit) !== undefined], [0, true]);
  const unable = await home.run("service uninstall");
  assertEquals([unable.code, await read(unit) !== undefined], [1, true]);
  const fake = home.world(ok);
  assertEquals((await home.runIn(fake, "service uninstall")).code, 0);
  assertEquals(fake.ran, ["systemctl --user disable --now ccproxy", "systemctl --user daemon-reload"]);
  assertEquals(await read(unit), undefined);
  const again = await home.run("service uninstall", ok);
  assertEquals([again.code, again.stderr], [
    0,
    "There is no service to remove: ~/.config/systemd/user/ccproxy.service does not exist\n",
  ]);
});

Deno.test("service status tells installed, running and answering apart", async () => {
  await using home = await makeHome();
  const none = await home.run("service status");
  assertEquals([none.code, none.stderr], [1, '"ccproxy service install" installs it\n']);
  assertStringIncludes(none.stdout, "Service: systemd, not installed\n");
  await install(home.world({ runProgram: () => ({ code: 0, output: "" }) }).world, {}, "/usr/bin/ccproxy");
  const status = async (code: number) => {
    const ran = await home.run("service status --json", { runProgram: () => ({ code, output: "" }) });
    const { installed, running } = JSON.parse(ran.stdout);
    return [ran.code, installed, running];
  };
  assertEquals([await status(0), await status(3)], [[0, true, true], [1, true, false]]);
});

Deno.test("service says what Windows has instead", async () => {
  await using home = await makeHome();
  const ran = await home.run("service status", { os: "windows" });
  assertEquals(ran.code, 2);
  assertStringIncludes(ran.stderr, "Task Scheduler");
});

Deno.test("lineDiff() tells lines that go from lines that come, in their order", () => {
  assertEquals(lineDiff("", "a\nb\n"), ["+ a", "+ b"]);
  assertEquals(lineDiff("a\nb\nc\n", "a\nx\nc\nd\n"), ["- b", "+ x", "+ d"]);
  assertEquals(lineDiff("a\n", "a\n"), []);
});
