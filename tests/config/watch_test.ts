import { assertEquals } from "@std/assert";
import { type LoadedSettings, loadSettings } from "../../src/config/load.ts";
import { Problem } from "../../src/problem.ts";
import { createSettingsWatch, fileStamp, watchSettings } from "../../src/config/watch.ts";

const env = { get: () => undefined };

/** A watch over a text in memory, and what it reported. */
async function watchText(
  first: string | undefined,
  explicit = false,
  check?: (loaded: LoadedSettings) => Promise<void>,
) {
  const reports: string[] = [];
  const state = { text: first, stamp: 0 };
  const sources = { path: "/c.toml", explicit, env };
  const bytes = new TextEncoder().encode(first ?? "");
  const readFile = () =>
    first === undefined ? Promise.reject(new Deno.errors.NotFound()) : Promise.resolve(bytes);
  const watch = createSettingsWatch({
    ...sources,
    loaded: await loadSettings({ ...sources, readFile }),
    onChange: (loaded, keys) => reports.push(`${keys.join()} port ${loaded.settings["server.port"]}`),
    onError: (problem) => reports.push(problem.message),
    ...(check === undefined ? {} : { check }),
    readText: () => Promise.resolve(state.text),
    stamp: () => Promise.resolve(String(state.stamp)),
  });
  async function put(text: string | undefined, looks = 3): Promise<string[]> {
    state.text = text;
    state.stamp++;
    for (let look = 0; look < looks; look++) await watch.look();
    return reports.splice(0);
  }
  return { watch, put };
}

Deno.test("createSettingsWatch() reports each change once, with the keys that differ", async () => {
  const { put } = await watchText("server.port = 1");
  assertEquals(await put("server.port = 1 # same"), []);
  assertEquals(await put("server.port = 2\nlog.level = 'debug'"), ["server.port,log.level port 2"]);
  assertEquals(await put("server.port = 2\n[log]\nlevel = 'debug'"), []);
  assertEquals(await put("server.port = 3\nlog.level = 'debug'"), ["server.port port 3"]);
});

Deno.test("createSettingsWatch() keeps the last good settings, tells each fault once, and tells the recovery", async () => {
  const { put } = await watchText("server.port = 1");
  const fault =
    'Invalid configuration: /c.toml:1: "server.prot" is not a setting, the nearest known one is ' +
    '"server.port"';
  assertEquals(await put("server.prot = 2"), [fault]);
  assertEquals(await put("server.prot = 2"), []);
  assertEquals(await put("server.prot = 3"), [fault]);
  assertEquals(await put("server.port = 1"), [" port 1"]);
  assertEquals(await put("server.prot = 3"), [fault]);
  assertEquals(await put("server.port = 4"), ["server.port port 4"]);
});

Deno.test("createSettingsWatch() waits until a file that was emptied to be written anew stands still", async () => {
  const { put } = await watchText("server.port = 1");
  assertEquals(await put("", 1), []);
  assertEquals(await put("server.port = 2", 1), []);
  assertEquals(await put("server.port = 2\n"), ["server.port port 2"]);
});

Deno.test("createSettingsWatch() takes a removed file for the defaults, unless the user named it", async () => {
  const found = await watchText("server.port = 1");
  assertEquals(await found.put(undefined), ["server.port port 8000"]);
  assertEquals(await found.put("server.port = 2"), ["server.port port 2"]);
  const named = await watchText("server.port = 1", true);
  assertEquals(await named.put(undefined), [
    'Invalid configuration: the configuration file "/c.toml" must exist: found none',
  ]);
});

Deno.test("createSettingsWatch() refuses as a whole what the check refuses, tells it once, and takes it when it may", async () => {
  let allowed = false;
  const { watch, put } = await watchText("server.port = 1", false, () => {
    return allowed ? Promise.resolve() : Promise.reject(new Problem("config", "not like this"));
  });
  assertEquals(await put("server.port = 2\nlog.level = 'debug'", 9), [
    "Invalid configuration: not like this",
  ]);
  allowed = true;
  await watch.look();
  assertEquals(await put("server.port = 2\nlog.level = 'debug'", 0), ["server.port,log.level port 2"]);
});

Deno.test("createSettingsWatch() reports nothing after stop()", async () => {
  const { watch, put } = await watchText("server.port = 1");
  watch.stop();
  assertEquals(await put("server.port = 2"), []);
});

Deno.test(
  "watchSettings() sees a real file appear, change in place, be replaced, and go; it leaves no timer",
  { ignore: Deno.build.os === "windows" },
  async () => {
    const directory = await Deno.makeTempDir();
    try {
      const path = `${directory}/config.toml`;
      const sources = { path, explicit: false, env };
      const ports: number[] = [];
      const watch = watchSettings({
        ...sources,
        loaded: await loadSettings(sources),
        onChange: (loaded) => ports.push(loaded.settings["server.port"]),
        onError: (problem) => {
          throw problem;
        },
      });
      const settle = async () => {
        for (let look = 0; look < 3; look++) await watch.look();
      };
      await settle();
      await Deno.writeTextFile(path, "server.port = 1");
      await settle();
      await Deno.writeTextFile(path, "server.port = 22");
      await settle();
      await Deno.writeTextFile(`${path}.new`, "server.port = 33");
      await Deno.rename(`${path}.new`, path);
      await settle();
      await Deno.writeTextFile(`${directory}/target`, "server.port = 44");
      await Deno.remove(path);
      await Deno.symlink("target", path);
      await settle();
      await Deno.writeTextFile(`${directory}/target`, "server.port = 555");
      await settle();
      await Deno.remove(path);
      await settle();
      watch.stop();
      assertEquals(ports, [1, 22, 33, 44, 555, 8000]);
      assertEquals(await fileStamp(path), "missing");
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
);
