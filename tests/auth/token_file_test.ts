import { assert, assertEquals, assertRejects } from "@std/assert";
import { BOUNDS } from "../../src/bounds.ts";
import type { WriteBytes } from "../../src/auth/temporary_file.ts";
import { prepareTokenFile } from "../../src/auth/prepare_write.ts";
import { readTokenFile, targetOf } from "../../src/auth/token_file.ts";
import { lockFilesOf, takeLock } from "../../src/auth/lock.ts";
import { withHome } from "./issuer.ts";

async function writeTokenFile(path: string, text: string, write?: WriteBytes): Promise<void> {
  await (await prepareTokenFile(path, { room: "open", write })).commit(text);
}

const posix = Deno.build.os !== "windows";

async function modeOf(path: string): Promise<number> {
  return ((await Deno.stat(path)).mode ?? 0) & 0o777;
}

async function namesIn(directory: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(directory), (entry) => entry.name)).sort();
}

Deno.test({
  name: "prepareTokenFile() makes the directory 0700 and the file 0600, whatever the umask",
  ignore: !posix,
  async fn() {
    await withHome(undefined, async ({ directory }) => {
      const path = `${directory}/a/b/auth.json`;
      await writeTokenFile(path, "{}");
      assertEquals([await modeOf(`${directory}/a`), await modeOf(`${directory}/a/b`), await modeOf(path)], [
        0o700,
        0o700,
        0o600,
      ]);
    });
  },
});

Deno.test({
  name: "prepareTokenFile() closes a file to others that they could read before",
  ignore: !posix,
  async fn() {
    await withHome("{}", async ({ path }) => {
      await Deno.chmod(path, 0o644);
      await writeTokenFile(path, '{"a":1}');
      assertEquals(await modeOf(path), 0o600);
    });
  },
});

Deno.test({
  name: "prepareTokenFile() creates its temporary file 0600, next to the target",
  ignore: !posix,
  async fn() {
    await withHome("{}", async ({ path, directory }) => {
      let seen: (string | number)[] = [];
      await writeTokenFile(path, "{}", async (file, bytes) => {
        const name = (await namesIn(directory)).find((each) => each.endsWith(".tmp")) ?? "";
        seen = [name.replace(/-[0-9a-f]{8}-[0-9a-f-]{27}\./, "-UUID."), await modeOf(`${directory}/${name}`)];
        await file.write(bytes);
      });
      assertEquals(seen, [".auth.json.ccproxy-UUID.tmp", 0o600]);
      assertEquals(await namesIn(directory), ["auth.json"]);
    });
  },
});

Deno.test("prepareTokenFile() leaves the old content and no temporary file when the disk is full", async () => {
  await withHome('{"old":true}', async ({ path, directory }) => {
    await assertRejects(() =>
      writeTokenFile(path, "x".repeat(1000), async (file, bytes) => {
        await file.write(bytes.subarray(0, 100));
        throw new Error("No space left on device (os error 28)");
      })
    );
    assertEquals(await Deno.readTextFile(path), '{"old":true}');
    assertEquals(await namesIn(directory), ["auth.json"]);
  });
});

Deno.test({
  name: "prepareTokenFile() follows links to their target, also a chain and one without a target yet",
  ignore: !posix,
  async fn() {
    await withHome(undefined, async ({ directory }) => {
      await Deno.mkdir(`${directory}/real`);
      await Deno.symlink("real/auth.json", `${directory}/middle.json`);
      await Deno.symlink(`${directory}/middle.json`, `${directory}/auth.json`);
      assertEquals(await targetOf(`${directory}/auth.json`), `${directory}/real/auth.json`);
      for (const text of ['{"n":1}', '{"n":2}']) {
        await writeTokenFile(`${directory}/auth.json`, text);
        assertEquals(await Deno.readTextFile(`${directory}/real/auth.json`), text);
      }
      assertEquals((await Deno.lstat(`${directory}/auth.json`)).isSymlink, true);
      assertEquals((await Deno.lstat(`${directory}/middle.json`)).isSymlink, true);
      assertEquals(await namesIn(`${directory}/real`), ["auth.json"]);
    });
  },
});

Deno.test("prepareTokenFile() removes temporary files that a killed process left long ago, and no fresh ones", async () => {
  await withHome("{}", async ({ path, directory }) => {
    await Deno.writeTextFile(`${directory}/.auth.json.ccproxy-old.tmp`, "half");
    await Deno.utime(`${directory}/.auth.json.ccproxy-old.tmp`, 1, 1);
    await Deno.writeTextFile(`${directory}/.auth.json.ccproxy-fresh.tmp`, "half");
    await Deno.writeTextFile(`${directory}/.auth-PatVYA`, "the CLI's");
    await Deno.utime(`${directory}/.auth-PatVYA`, 1, 1);
    await writeTokenFile(path, "{}");
    assertEquals(await namesIn(directory), [".auth-PatVYA", ".auth.json.ccproxy-fresh.tmp", "auth.json"]);
  });
});

Deno.test("readTokenFile() waits for the end of a write in place by another program", async () => {
  await withHome('{"tokens": {"acc', async ({ path }) => {
    const reading = readTokenFile(path);
    await Deno.writeTextFile(path, '{"tokens": {"access_token": "a"}}');
    const read = await reading;
    assertEquals(read.kind === "read" ? read.json.kind : read, "tokens");
  });
});

Deno.test("readTokenFile() refuses a directory and a file of many megabytes", async () => {
  await withHome(undefined, async ({ directory, path }) => {
    assertEquals(await readTokenFile(directory), {
      kind: "unreadable",
      why: "it is a directory",
      fix: `mv ${directory} ${directory}.old && ccproxy auth login-openai`,
    });
    await Deno.writeTextFile(path, " ".repeat(2_000_000));
    assertEquals(await readTokenFile(path), {
      kind: "unreadable",
      why: "it has 2000000 bytes, more than any credentials file",
      fix: `mv ${path} ${path}.old && ccproxy auth login-openai`,
    });
    await Deno.writeTextFile(path, " ".repeat(BOUNDS.credentials.bytes));
    assertEquals((await readTokenFile(path)).kind, "read");
  });
});

Deno.test("lockFilesOf() names the files that the Codex CLI locks", () => {
  assertEquals(lockFilesOf("/h/.codex/auth.json"), {
    turn: "/h/.codex/auth.lock",
    write: "/h/.codex/auth.json.lock",
  });
});

Deno.test("takeLock() keeps others out until it is released, and leaves the file", async () => {
  await withHome(undefined, async ({ directory }) => {
    const paths = [`${directory}/auth.lock`, `${directory}/auth.lock`];
    const first = await takeLock(paths, { waitMs: 0 });
    assert(first.kind === "held");
    assertEquals(await takeLock(paths, { waitMs: 0 }), { kind: "busy" });
    first.lock.release();
    const second = await takeLock(paths, { waitMs: 0 });
    assert(second.kind === "held");
    second.lock.release();
    assertEquals(await namesIn(directory), ["auth.lock"]);
  });
});

Deno.test("takeLock() says why no lock can be had", async () => {
  const result = await takeLock(["/dev/null/auth.lock"], { waitMs: 0 });
  assertEquals(result.kind, "impossible");
});
