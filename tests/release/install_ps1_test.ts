import { assertEquals, assertStringIncludes } from "@std/assert";
import { archiveName } from "../../tools/package/assets.ts";
import { hostTarget } from "../../tools/permissions.ts";
import { withDownloadServer } from "./download_server.ts";
import { run, withTempDir } from "./run.ts";

Deno.test({
  name: "install.ps1 installs, refuses a wrong checksum and uninstalls again",
  ignore: Deno.build.os !== "windows",
  fn: async () => {
    // Any program that answers --version will do; the Deno at hand is one.
    const program = await Deno.readFile(Deno.execPath());
    await withTempDir((dir) =>
      withDownloadServer(program, async (server) => {
        const install = (...words: string[]) =>
          run(
            "powershell",
            // -NoPath: a test must not change the Path of the person who runs it.
            [
              "-NoProfile",
              "-ExecutionPolicy",
              "Bypass",
              "-File",
              "tools/install/install.ps1",
              "-Dir",
              dir,
              "-NoPath",
              ...words,
            ],
            { CCPROXY_DOWNLOAD_BASE: server.base },
          );
        const names = () => [...Deno.readDirSync(dir)].map((entry) => entry.name);
        const installed = await install("-Version", "v9.8.7");
        assertEquals([installed.code, installed.stderr, names()], [0, "", ["ccproxy.exe"]]);
        assertStringIncludes(installed.stdout, `Installed ${dir}\\ccproxy.exe`);
        assertEquals((await install("-Uninstall")).code, 0);
        assertEquals(names(), []);

        server.set(archiveName(hostTarget()), new TextEncoder().encode("something else"));
        const refused = await install();
        assertEquals([refused.code, names()], [1, []]);
        // PowerShell breaks its messages at the width of the console.
        assertStringIncludes(refused.stderr.replace(/\s+/g, " "), "Nothing was installed");
      })
    );
  },
});
