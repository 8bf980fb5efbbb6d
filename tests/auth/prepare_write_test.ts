import { assert, assertEquals, assertRejects } from "@std/assert";
import { prepareTokenFile } from "../../src/auth/prepare_write.ts";
import { withHome } from "./issuer.ts";

const posix = Deno.build.os !== "windows";

async function namesIn(directory: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(directory), (entry) => entry.name)).sort();
}

Deno.test("prepareTokenFile() takes room on the disk for more than the file holds, and gives it back", async () => {
  await withHome(`{"old":"${"x".repeat(40_000)}"}`, async ({ path, directory }) => {
    const prepared = await prepareTokenFile(path);
    const [name = ""] = (await namesIn(directory)).filter((each) => each.endsWith(".tmp"));
    const reserved = await Deno.readTextFile(`${directory}/${name}`);
    assert(reserved.length >= 80_000, String(reserved.length));
    assertEquals(reserved.trim(), "", "a process that is killed now leaves no secret");
    await prepared.discard();
    assertEquals(await namesIn(directory), ["auth.json"]);
  });
});

Deno.test("prepareTokenFile() puts a short content into place without the rest of the reserved room", async () => {
  await withHome('{"old":true}', async ({ path, directory }) => {
    const order: string[] = [];
    await (await prepareTokenFile(path)).commit('{"new":1}', async () => {
      order.push(`before: ${await Deno.readTextFile(path)}`);
      return () => order.push("after");
    });
    assertEquals(await Deno.readTextFile(path), '{"new":1}');
    assertEquals([order, await namesIn(directory)], [['before: {"old":true}', "after"], ["auth.json"]]);
  });
});

Deno.test("prepareTokenFile() puts a content into place that is longer than the reserved room", async () => {
  await withHome("{}", async ({ path }) => {
    const text = JSON.stringify({ long: "x".repeat(200_000) });
    await (await prepareTokenFile(path)).commit(text);
    assertEquals(await Deno.readTextFile(path), text);
  });
});

Deno.test("prepareTokenFile() gives the lock back when the content cannot be put into place", async () => {
  await withHome("{}", async ({ path, directory }) => {
    const prepared = await prepareTokenFile(path);
    await Deno.remove(path);
    await Deno.mkdir(`${path}/full`, { recursive: true });
    let released = false;
    await assertRejects(() => prepared.commit("{}", () => Promise.resolve(() => released = true)));
    assertEquals([released, await namesIn(directory)], [true, ["auth.json"]]);
  });
});

Deno.test("prepareTokenFile() refuses a directory, and a name next to which no file fits", async () => {
  await withHome(undefined, async ({ directory }) => {
    await Deno.mkdir(`${directory}/auth.json`);
    const thrown = await assertRejects(() => prepareTokenFile(`${directory}/auth.json`));
    assertEquals(thrown instanceof Error ? thrown.message : thrown, "it is a directory");
    await assertRejects(() => prepareTokenFile(`${directory}/${"a".repeat(240)}.json`));
    assertEquals(await namesIn(directory), ["auth.json"]);
  });
});

Deno.test({
  name: "prepareTokenFile() refuses links that lead in a circle, and makes the target of a dangling one",
  ignore: !posix,
  async fn() {
    await withHome(undefined, async ({ directory }) => {
      await Deno.symlink("b.json", `${directory}/a.json`);
      await Deno.symlink("a.json", `${directory}/b.json`);
      await assertRejects(() => prepareTokenFile(`${directory}/a.json`));
      await Deno.symlink("new/real.json", `${directory}/c.json`);
      await (await prepareTokenFile(`${directory}/c.json`)).commit("{}");
      assertEquals(await namesIn(`${directory}/new`), ["real.json"]);
      assertEquals((await Deno.lstat(`${directory}/c.json`)).isSymlink, true);
    });
  },
});
