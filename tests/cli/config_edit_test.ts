import { assertEquals, assertStringIncludes } from "@std/assert";
import type { FakeWorldOptions } from "./fake_world.ts";
import { type Home, makeHome } from "./home.ts";

/** An editor that writes one text after the other into the file it is given. */
function editor(...texts: string[]): Pick<FakeWorldOptions, "runProgram"> {
  return {
    async runProgram(line) {
      await Deno.writeTextFile(line.at(-1) ?? "", texts.shift() ?? "");
      return { code: 0, output: "" };
    },
  };
}

async function filesOf(home: Home): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(`${home.path}/.config/ccproxy`))).map(({ name }) => name).sort();
}

Deno.test("config edit opens a copy in the editor of the environment and takes it when it loads", async () => {
  await using home = await makeHome();
  await home.writeConfig("# mine\n[server]\nport = 8000\n");
  const fake = home.world({
    ...editor("# mine\n[server]\nport = 9000\n"),
    env: { EDITOR: "code --wait", VISUAL: "" },
  });
  const ran = await home.runIn(fake, "config edit");
  assertEquals([ran.code, ran.stderr], [0, "Changed ~/.config/ccproxy/config.toml\n"]);
  assertEquals(fake.ran[0]?.replace(/\S+\/ccproxy-[\w-]+\.toml$/, "COPY"), "code --wait COPY");
  assertEquals(await home.readConfig(), "# mine\n[server]\nport = 9000\n");
  assertEquals(await filesOf(home), ["config.toml"]);
});

Deno.test("config edit makes the first file, and leaves none where nothing was written", async () => {
  await using home = await makeHome();
  const none = await home.run("config edit", editor(""));
  assertEquals([none.code, none.stderr, await home.readConfig()], [0, "Nothing was changed\n", undefined]);
  const made = await home.run("config edit", editor("[server]\nport = 9000\n"));
  assertEquals([made.code, await home.readConfig()], [0, "[server]\nport = 9000\n"]);
});

Deno.test("config edit takes no file that does not load: without a terminal it says why, on one it asks", async () => {
  await using home = await makeHome();
  await home.writeConfig("[server]\nport = 8000\n");
  const refused = await home.run("config edit", editor("[server]\nprot = 1\n"));
  assertEquals([refused.code, await home.readConfig()], [2, "[server]\nport = 8000\n"]);
  assertStringIncludes(refused.stderr, "prot");
  const twice = await home.run("config edit", {
    ...editor("[server]\nprot = 1\n", "[server]\nport = 2\n"),
    tty: true,
    stdin: ["y"],
  });
  assertEquals([twice.code, await home.readConfig()], [0, "[server]\nport = 2\n"]);
  const given = await home.run("config edit", { ...editor("nonsense"), tty: true, stdin: ["n"] });
  assertEquals([given.code, await home.readConfig()], [0, "[server]\nport = 2\n"]);
  assertEquals(await filesOf(home), ["config.toml"]);
});

Deno.test("config edit says what to do when the editor cannot be run, and takes nothing when it fails", async () => {
  await using home = await makeHome();
  await home.writeConfig("[server]\nport = 8000\n");
  const missing = await home.run("config edit", { env: { EDITOR: "my-editor" } });
  assertEquals(missing.code, 1);
  assertStringIncludes(missing.stderr, 'the editor "my-editor" is not there, or this program may not run it');
  const failed = await home.run("config edit", { runProgram: () => ({ code: 130, output: "" }) });
  assertEquals([failed.code, await home.readConfig()], [1, "[server]\nport = 8000\n"]);
  assertEquals(await filesOf(home), ["config.toml"]);
});
