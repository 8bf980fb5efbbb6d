import { assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { hasProgram, run } from "./run.ts";

const UNITS = ["tools/service/ccproxy.service", "tools/service/ccproxy-server.service"];

for (const file of UNITS) {
  Deno.test(`${file} runs serve, starts again after a failure but not after a wrong setting`, async () => {
    const unit = await Deno.readTextFile(file);
    assertMatch(unit, /^ExecStart=\S+\/bin\/ccproxy serve\b/m);
    assertMatch(unit, /^Restart=on-failure$/m);
    assertMatch(unit, /^RestartPreventExitStatus=2$/m);
    // V8 compiles at run time.
    assertNotMatch(unit, /^MemoryDenyWriteExecute=/m);
  });
}

Deno.test("ccproxy-server.service keeps its files in the directory that systemd makes for it", async () => {
  const unit = await Deno.readTextFile("tools/service/ccproxy-server.service");
  const paths = [...unit.matchAll(/^Environment=(HOME|CODEX_HOME|XDG_STATE_HOME|XDG_CACHE_HOME)=(\S+)$/gm)];
  assertEquals(paths.map(([, name, path = ""]) => [name, path.startsWith("/var/lib/ccproxy")]), [
    ["HOME", true],
    ["CODEX_HOME", true],
    ["XDG_STATE_HOME", true],
    ["XDG_CACHE_HOME", true],
  ]);
  assertMatch(unit, /^Environment=XDG_CONFIG_HOME=\/etc$/m);
});

Deno.test({
  name: "ccproxy.plist is well-formed, where a checker is installed",
  ignore: !await hasProgram("xmllint"),
  fn: async () => {
    assertEquals(
      await run("xmllint", ["--noout", "--nonet", "tools/service/ccproxy.plist"]),
      { code: 0, stdout: "", stderr: "" },
    );
  },
});
