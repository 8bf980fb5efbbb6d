import { assertEquals, assertRejects } from "@std/assert";
import { writeFile } from "../src/write_file.ts";

async function withDirectory(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await run(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function modeOf(path: string): Promise<string> {
  return (((await Deno.stat(path)).mode ?? 0) & 0o777).toString(8);
}

function names(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map((entry) => entry.name).sort();
}

/** Windows has no modes. */
const ignore = Deno.build.os === "windows";

Deno.test("writeFile() makes file and directories for this user alone, and leaves nothing next to the file", {
  ignore,
}, async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/a/b/c`;
    assertEquals(await writeFile(path, "1", { makeDirectory: true }), true);
    assertEquals(await writeFile(path, "2"), true);
    assertEquals([await Deno.readTextFile(path), names(`${directory}/a/b`)], ["2", ["c"]]);
    assertEquals([await modeOf(path), await modeOf(`${directory}/a`)], ["600", "700"]);
  });
});

Deno.test("writeFile() keeps the mode of the file it is to be like", { ignore }, async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/c`;
    await Deno.writeTextFile(path, "1");
    await Deno.chmod(path, 0o640);
    await writeFile(path, "2", { like: await Deno.stat(path) });
    assertEquals([await Deno.readTextFile(path), await modeOf(path)], ["2", "640"]);
  });
});

Deno.test("writeFile() leaves a file that is there when it is to make one", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/c`;
    assertEquals(await writeFile(path, "1", { onlyIfAbsent: true }), true);
    assertEquals(await writeFile(path, "2", { onlyIfAbsent: true }), false);
    assertEquals([await Deno.readTextFile(path), names(directory)], ["1", ["c"]]);
  });
});

Deno.test("writeFile() leaves the old file and no other when the new one cannot take its place", async () => {
  await withDirectory(async (directory) => {
    await Deno.mkdir(`${directory}/c/d`, { recursive: true });
    await assertRejects(() => writeFile(`${directory}/c`, "1"));
    await assertRejects(() => writeFile(`${directory}/missing/c`, "1"));
    assertEquals(names(directory), ["c"]);
  });
});
