import { assertEquals } from "@std/assert";
import { readFileSettings } from "../../src/config/file_settings.ts";
import { writeConfig } from "../../src/config/write_config.ts";
import { Problem, toProblem } from "../../src/problem.ts";
import { messageOfAsync } from "./message_of.ts";

async function withDirectory(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await run(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Modes and symbolic links are not to be had on Windows. */
const ignore = Deno.build.os === "windows";

async function modeOf(path: string): Promise<string> {
  return (((await Deno.stat(path)).mode ?? 0) & 0o777).toString(8);
}

function names(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map((entry) => entry.name).sort();
}

Deno.test("writeConfig() makes file and directories for this user alone, and tells old and new values", {
  ignore,
}, async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/a/b/config.toml`;
    const result = await writeConfig(path, [{ key: "codex.enabled", value: false }]);
    assertEquals(result, {
      path,
      created: true,
      written: true,
      changes: [{ key: "codex.enabled", before: undefined, after: false }],
    });
    assertEquals(await Deno.readTextFile(path), "[codex]\nenabled = false\n");
    assertEquals([await modeOf(path), await modeOf(`${directory}/a/b`), await modeOf(`${directory}/a`)], [
      "600",
      "700",
      "700",
    ]);
    assertEquals(names(`${directory}/a/b`), ["config.toml"]);
  });
});

Deno.test(
  "writeConfig() keeps mode, byte order mark and line ends, and applies all edits",
  { ignore },
  async () => {
    await withDirectory(async (directory) => {
      const path = `${directory}/config.toml`;
      await Deno.writeTextFile(path, "\uFEFF[server]\r\nport = 1 # x\r\n[codex]\r\nlite = 'never'\r\n");
      await Deno.chmod(path, 0o644);
      const result = await writeConfig(path, [
        { key: "server.port", value: 2 },
        { key: "codex.lite", value: undefined },
        { key: "codex.enabled", value: true },
      ]);
      assertEquals(result.changes, [
        { key: "server.port", before: 1, after: 2 },
        { key: "codex.lite", before: "never", after: undefined },
        { key: "codex.enabled", before: undefined, after: true },
      ]);
      const bytes = new TextDecoder("utf-8", { ignoreBOM: true }).decode(await Deno.readFile(path));
      assertEquals(bytes, "\uFEFF[server]\r\nport = 2 # x\r\n[codex]\r\nenabled = true\r\n");
      assertEquals(await modeOf(path), "644");
    });
  },
);

Deno.test("writeConfig() does not touch a file that is as wanted", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/config.toml`;
    await Deno.writeTextFile(path, "codex.enabled = false");
    const before = await Deno.stat(path);
    const { written } = await writeConfig(path, [{ key: "codex.enabled", value: false }]);
    assertEquals([written, (await Deno.stat(path)).ino], [false, before.ino]);
  });
});

Deno.test("writeConfig() writes where a symbolic link leads and keeps the link", { ignore }, async () => {
  await withDirectory(async (directory) => {
    await Deno.mkdir(`${directory}/dotfiles`);
    await Deno.writeTextFile(`${directory}/dotfiles/c.toml`, "");
    await Deno.symlink("dotfiles/c.toml", `${directory}/config.toml`);
    await writeConfig(`${directory}/config.toml`, [{ key: "log.level", value: "debug" }]);
    assertEquals((await Deno.lstat(`${directory}/config.toml`)).isSymlink, true);
    assertEquals(await Deno.readTextFile(`${directory}/dotfiles/c.toml`), '[log]\nlevel = "debug"\n');
    await Deno.symlink("nowhere", `${directory}/broken.toml`);
    const message = await messageOfAsync(() => writeConfig(`${directory}/broken.toml`, []));
    assertEquals(message.includes("is a symbolic link that leads to no file"), true, message);
  });
});

Deno.test("writeConfig() refuses a read-only file, a directory, and values or files that would not load", {
  ignore,
}, async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/config.toml`;
    const port = [{ key: "server.port", value: 2 }] as const;
    await Deno.writeTextFile(path, "[server]\nport = 1\n", { mode: 0o444 });
    assertEquals(
      await messageOfAsync(() => writeConfig(path, port)),
      `Cannot use a file: "${path}" must be writable: found it read-only`,
    );
    await Deno.chmod(path, 0o600);
    assertEquals(
      await messageOfAsync(() => writeConfig(path, [{ key: "server.port", value: 70_000 }])),
      'Invalid configuration: new value: "server.port" must be an integer from 0 to 65535: found 70000',
    );
    assertEquals(await Deno.readTextFile(path), "[server]\nport = 1\n");

    await Deno.writeTextFile(path, "[server]\nport = 1\nprot = 2\n");
    assertEquals(
      await messageOfAsync(() => writeConfig(path, port)),
      `Invalid configuration: ${path}:3: "server.prot" is not a setting, the nearest known one is "server.port"`,
    );
    await Deno.writeFile(path, new Uint8Array([0xff, 0xff]));
    assertEquals(
      await messageOfAsync(() => writeConfig(path, port)),
      `Invalid configuration: ${path}:1: the file must be UTF-8: found other bytes`,
    );
    assertEquals(
      (await messageOfAsync(() => writeConfig(directory, port))).startsWith("Cannot use a file"),
      true,
    );
    assertEquals(names(directory), ["config.toml"]);
  });
});

Deno.test("writeConfig() names the line and what to write by hand when there is no safe place", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/config.toml`;
    await Deno.writeTextFile(path, "server.allowed_hosts = [ # ours\n'a.lan',\n]\n");
    assertEquals(
      await messageOfAsync(() => writeConfig(path, [{ key: "server.allowed_hosts", value: ["b.lan"] }])),
      `Invalid configuration: ${path}:1: "server.allowed_hosts" cannot be changed safely: the present value has ` +
        "comments in it, which would be lost",
    );
  });
});

Deno.test("writeConfig() does not advise a second form of a setting that is a table of its own", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/config.toml`;
    const text = '[codex]\n\n[codex.model_aliases] # ours\na = "gpt-5.5"\n';
    await Deno.writeTextFile(path, text);
    for (const value of [{ b: "gpt-5.5" }, undefined]) {
      const problem = await writeConfig(path, [{ key: "codex.model_aliases", value }]).catch(toProblem);
      assertEquals(problem instanceof Problem && [problem.message, problem.hint], [
        `Invalid configuration: ${path}:3: "codex.model_aliases" cannot be changed safely: the setting is a table of ` +
        "its own",
        "Edit the file by hand",
      ]);
    }
    assertEquals(await Deno.readTextFile(path), text);
  });
});

Deno.test("writeConfig() puts the present form in the place of propagate_unsupported_params", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/config.toml`;
    await Deno.writeTextFile(path, "[codex]\npropagate_unsupported_params = true\n");
    const { changes } = await writeConfig(path, [{ key: "codex.unsupported_params", value: "block" }]);
    assertEquals(changes, [{ key: "codex.unsupported_params", before: "propagate", after: "block" }]);
    assertEquals(await Deno.readTextFile(path), '[codex]\nunsupported_params = "block"\n');
    await writeConfig(path, [{ key: "codex.unsupported_params", value: undefined }]);
    assertEquals(await Deno.readTextFile(path), "[codex]\n");
  });
});

Deno.test(
  "writeConfig() four times at once loses no change, whether the file is there or not",
  { ignore },
  async () => {
    const edits = [
      { key: "log.level", value: "debug" },
      { key: "log.format", value: "json" },
      { key: "codex.enabled", value: false },
      { key: "codex.lite", value: "never" },
    ] as const;
    await withDirectory(async (directory) => {
      for (let round = 0; round < 20; round++) {
        const path = `${directory}/${round}/config.toml`;
        if (round % 2 === 0) {
          await Deno.mkdir(`${directory}/${round}`);
          await Deno.writeTextFile(path, "");
        }
        await Promise.all(edits.map((edit) => writeConfig(path, [edit])));
        const settings = [...readFileSettings(await Deno.readTextFile(path), path).keys()].sort();
        assertEquals(settings, ["codex.enabled", "codex.lite", "log.format", "log.level"]);
        assertEquals(names(`${directory}/${round}`), ["config.toml"]);
      }
    });
  },
);
