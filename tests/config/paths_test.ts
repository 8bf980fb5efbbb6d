import { assertEquals } from "@std/assert";
import {
  cacheDirectory,
  configPlace,
  credentialsFile,
  databaseFile,
  expandHome,
  type Place,
  settingsFile,
  stateDirectory,
  whereKnown,
} from "../../src/config/paths.ts";
import { messageOf } from "./message_of.ts";

function place(env: Record<string, string>, os = "linux"): Place {
  return { env: { get: (name) => env[name] }, os };
}

Deno.test("configPlace() takes the flag, then CCPROXY_CONFIG, then the user's configuration directory", () => {
  const env = { HOME: "/home/me", XDG_CONFIG_HOME: "/xdg", CCPROXY_CONFIG: "~/c.toml" };
  assertEquals(configPlace(place(env), "f.toml"), { path: "f.toml", explicit: true });
  assertEquals(configPlace(place(env)), { path: "/home/me/c.toml", explicit: true });
  assertEquals(configPlace(place({ ...env, CCPROXY_CONFIG: "" })), {
    path: "/xdg/ccproxy/config.toml",
    explicit: false,
  });
  assertEquals(configPlace(place({ HOME: "/home/me/" })).path, "/home/me/.config/ccproxy/config.toml");
  assertEquals(
    configPlace(place({ HOME: "/Users/me" }, "darwin")).path,
    "/Users/me/.config/ccproxy/config.toml",
  );
  assertEquals(
    configPlace(place({ APPDATA: "C:\\Users\\me\\AppData\\Roaming" }, "windows")).path,
    "C:\\Users\\me\\AppData\\Roaming\\ccproxy\\config.toml",
  );
  assertEquals(
    configPlace(place({ USERPROFILE: "C:\\Users\\me" }, "windows")).path,
    "C:\\Users\\me\\AppData\\Roaming\\ccproxy\\config.toml",
  );
  assertEquals(
    messageOf(() => configPlace(place(env), "")),
    'Wrong usage: "--config" must name a file: found nothing',
  );
});

Deno.test("configPlace() ignores relative XDG directories, so that no directory one works in can set the file", () => {
  const path = configPlace(place({ HOME: "/home/me", XDG_CONFIG_HOME: "./conf" })).path;
  assertEquals(path, "/home/me/.config/ccproxy/config.toml");
});

Deno.test("stateDirectory() and cacheDirectory() follow XDG, and LOCALAPPDATA on Windows", () => {
  const xdg = place({ HOME: "/h", XDG_STATE_HOME: "/s", XDG_CACHE_HOME: "/c" });
  const home = place({ HOME: "/h" });
  const windows = place({ LOCALAPPDATA: "C:\\L", USERPROFILE: "C:\\U" }, "windows");
  assertEquals([xdg, home, windows].map(stateDirectory), [
    "/s/ccproxy",
    "/h/.local/state/ccproxy",
    "C:\\L\\ccproxy",
  ]);
  assertEquals([xdg, home, windows].map(cacheDirectory), [
    "/c/ccproxy",
    "/h/.cache/ccproxy",
    "C:\\L\\ccproxy\\cache",
  ]);
  assertEquals(databaseFile(home, ""), "/h/.local/state/ccproxy/ccproxy.db");
  assertEquals(databaseFile(home, "~/x.db"), "/h/x.db");
});

Deno.test("credentialsFile() takes auth.file, then CODEX_HOME, then ~/.codex", () => {
  const env = { HOME: "/h", CODEX_HOME: "/codex/" };
  assertEquals(credentialsFile(place(env), "~/a.json"), "/h/a.json");
  assertEquals(credentialsFile(place(env), ""), "/codex/auth.json");
  assertEquals(credentialsFile(place({ HOME: "/h" }), ""), "/h/.codex/auth.json");
  assertEquals(
    credentialsFile(place({ USERPROFILE: "C:\\Users\\me" }, "windows"), ""),
    "C:\\Users\\me\\.codex\\auth.json",
  );
});

Deno.test("expandHome() replaces a leading ~/ and nothing else", () => {
  const home = place({ HOME: "/h" });
  assertEquals(["~/x", "/a/~/x", "~x", "x"].map((path) => expandHome(path, home)), [
    "/h/x",
    "/a/~/x",
    "~x",
    "x",
  ]);
});

Deno.test("paths without a home directory: a problem that says what to set; none where no home is needed", () => {
  const wanted =
    "Invalid configuration: the environment variable HOME must hold the absolute path of the home " +
    "directory: found ";
  assertEquals(messageOf(() => settingsFile(place({}))), wanted + "nothing");
  assertEquals(configPlace(place({})), { path: undefined, explicit: false });
  assertEquals(whereKnown(() => stateDirectory(place({}))), undefined);
  assertEquals(messageOf(() => stateDirectory(place({ HOME: "relative" }))), wanted + '"relative"');
  assertEquals(credentialsFile(place({ CODEX_HOME: "/c" }), ""), "/c/auth.json");
  assertEquals(configPlace(place({ XDG_CONFIG_HOME: "/x" })).path, "/x/ccproxy/config.toml");
});
