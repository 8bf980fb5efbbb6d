/** Places where a login can be read and not, or not in the usual way, be saved: real mounts, in a namespace each. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { takeLock } from "../../src/auth/lock.ts";
import { denoDir, programCommand } from "../program_process.ts";
import { cliAuthJson, startIssuer, withHome } from "./issuer.ts";

const HERE = new URL(".", import.meta.url);
/** The route to @std that this run takes itself. */
const STD = import.meta.resolve("@std/toml/parse").includes("tools/std/")
  ? ["--no-lock", `--import-map=${new URL("../../tools/std/import_map.json", HERE).href}`]
  : [];

/** A system on which this user may make mounts of their own. */
const mayMount = Deno.build.os === "linux" &&
  await new Deno.Command("unshare", { args: ["-rm", "true"], stdout: "null", stderr: "null" }).output()
    .then(({ success }) => success, () => false);

interface Found {
  readonly why: string | null;
  readonly fix: string | null;
  readonly afterLook: string;
  readonly outcome: string;
  readonly text: string;
  readonly uid: number;
  readonly warnings: readonly string[];
}

/** Runs mount_process.ts after the given commands, in which `$D` is the directory of the credentials. */
async function under(
  setUp: string,
  issuer: string,
  directory: string,
  mode: "command" | "server",
): Promise<Found> {
  const script = `set -e; ${setUp}; exec "$@"`;
  const process = [
    ...[Deno.execPath(), "run", "-q", "--no-check", ...STD, "--no-prompt", "-A"],
    ...[new URL("mount_process.ts", HERE).href, issuer, `${directory}/auth.json`, mode],
  ];
  const { stdout, stderr } = await new Deno.Command("unshare", {
    args: ["-rm", "sh", "-c", script, "sh", ...process],
    env: { D: directory, NO_PROXY: "127.0.0.1,localhost" },
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert(text !== "", new TextDecoder().decode(stderr));
  return JSON.parse(text.trim().split("\n").at(-1) ?? "");
}

const expired = (): Record<string, unknown> => cliAuthJson(Date.now() / 1000 - 60);

const UNSAVABLE: readonly { name: string; setUp: string; why: string; fix: string }[] = [
  {
    name: "a read-only directory",
    setUp: 'mount --bind "$D" "$D"; mount -o remount,bind,ro "$D"',
    why: "it lies on a read-only file system",
    fix: "Mount $D writable, the directory rather than the file alone",
  },
  {
    name: "a read-only mount of the file alone",
    setUp: 'cp "$D/auth.json" "$D/host.json"; mount --bind "$D/host.json" "$D/auth.json"; ' +
      'mount -o remount,bind,ro "$D/auth.json"',
    why: "it lies on a read-only file system",
    fix: "Mount $D writable, the directory rather than the file alone",
  },
  {
    name: "a full disk",
    setUp: 'cp "$D/auth.json" /tmp/auth.json.$$; mount -t tmpfs -o size=64k none "$D"; ' +
      'mv /tmp/auth.json.$$ "$D/auth.json"; dd if=/dev/zero of="$D/fill" bs=4k 2>/dev/null || true',
    why: "no space is left on the disk",
    fix: "Make room on the disk of $D",
  },
  {
    name: "a link into a read-only directory",
    setUp: 'mkdir "$D/real"; mv "$D/auth.json" "$D/real/"; ln -s real/auth.json "$D/auth.json"; ' +
      'mount --bind "$D/real" "$D/real"; mount -o remount,bind,ro "$D/real"',
    why: "it lies on a read-only file system",
    fix: "Mount $D writable, the directory rather than the file alone",
  },
];

for (const { name, setUp, why, fix } of UNSAVABLE) {
  Deno.test({
    name: `${name}: no command spends the refresh token; a server does, and keeps the new one in memory`,
    ignore: !mayMount,
    async fn() {
      await using issuer = startIssuer();
      await withHome(expired(), async ({ path, directory }) => {
        const before = await Deno.readTextFile(path);
        const command = await under(setUp, issuer.url, directory, "command");
        assertEquals([command.why, command.fix], [
          `${path} cannot be written: ${why}`,
          fix.replace("$D", directory),
        ]);
        assertStringIncludes(command.outcome, `could not be kept: ${path} cannot be written: ${why}`);
        assertEquals([issuer.seen.length, command.text], [0, before]);
      });
      await withHome(expired(), async ({ path, directory }) => {
        const before = await Deno.readTextFile(path);
        const server = await under(setUp, issuer.url, directory, "server");
        assertEquals([server.outcome, issuer.refreshes, server.text], ["token", 1, before]);
        assertEquals(server.warnings, [`${path} cannot be written: ${why}`]);
      });
    },
  });
}

Deno.test({
  name: "a writable mount of the file alone is written in place, and room in it is proved before",
  ignore: !mayMount,
  async fn() {
    await using issuer = startIssuer();
    await withHome(expired(), async ({ path, directory }) => {
      const before = await Deno.readTextFile(path);
      const setUp = 'cp "$D/auth.json" "$D/host.json"; mount --bind "$D/host.json" "$D/auth.json"';
      const found = await under(setUp, issuer.url, directory, "command");
      assertEquals([found.why, found.outcome, found.warnings], [null, "token", []]);
      assertEquals(found.afterLook, before, "looking changes nothing");
      assertEquals(JSON.parse(found.text).tokens.refresh_token, "rt_1");
      assertEquals(await Deno.readTextFile(`${directory}/host.json`), found.text);
    });
  },
});

Deno.test({
  name: "a mounted file does not grow with each refresh",
  ignore: !mayMount,
  async fn() {
    await using issuer = startIssuer();
    issuer.expiresInSeconds = -1;
    await withHome(expired(), async ({ directory }) => {
      await Deno.copyFile(`${directory}/auth.json`, `${directory}/host.json`);
      const sizes: number[] = [];
      for (let refresh = 0; refresh < 3; refresh++) {
        await under('mount --bind "$D/host.json" "$D/auth.json"', issuer.url, directory, "command");
        sizes.push((await Deno.stat(`${directory}/host.json`)).size);
      }
      assertEquals([issuer.refreshes, sizes], [3, [32_768, 32_768, 32_768]]);
    });
  },
});

Deno.test({
  name: "a writable file in a read-only directory is written in place",
  ignore: !mayMount,
  async fn() {
    await using issuer = startIssuer();
    await withHome(expired(), async ({ directory }) => {
      const setUp = 'mount --bind "$D" "$D"; mkdir "$D.host"; cp "$D/auth.json" "$D.host/auth.json"; ' +
        'mount --bind "$D.host/auth.json" "$D/auth.json"; mount -o remount,bind,ro "$D"';
      try {
        const found = await under(setUp, issuer.url, directory, "command");
        assertEquals([found.why, found.outcome], [null, "token"]);
        assertEquals(JSON.parse(found.text).tokens.refresh_token, "rt_1");
      } finally {
        await Deno.remove(`${directory}.host`, { recursive: true });
      }
    });
  },
});

Deno.test({
  name: "a full disk under a mounted file: the refresh token is not spent",
  ignore: !mayMount,
  async fn() {
    await using issuer = startIssuer();
    await withHome(expired(), async ({ path, directory }) => {
      const setUp = 'mkdir "$D/host"; mount -t tmpfs -o size=64k none "$D/host"; ' +
        'cp "$D/auth.json" "$D/host/auth.json"; dd if=/dev/zero of="$D/host/fill" bs=4k 2>/dev/null || true; ' +
        'mount --bind "$D/host/auth.json" "$D/auth.json"';
      const found = await under(setUp, issuer.url, directory, "command");
      assertStringIncludes(found.outcome, `${path} cannot be written: no space is left on the disk`);
      assertEquals(issuer.seen, []);
      assertEquals(JSON.parse(found.text).tokens.refresh_token, "rt_0");
    });
  },
});

Deno.test({
  name: "takeLock() keeps to a lock file in a directory that may only be read",
  ignore: !mayMount,
  async fn() {
    await withHome(undefined, async ({ directory }) => {
      const lock = await takeLock([`${directory}/auth.lock`], { waitMs: 0 });
      assert(lock.kind === "held");
      const code = `import { takeLock } from "${new URL("../../src/auth/lock.ts", HERE).href}";
        const kinds = Deno.args.map(async (path) => (await takeLock([path], { waitMs: 0 })).kind);
        await Deno.stdout.write(new TextEncoder().encode((await Promise.all(kinds)).join()));`;
      const script = 'mount --bind "$D" "$D"; mount -o remount,bind,ro "$D"; exec "$@"';
      const { stdout } = await new Deno.Command("unshare", {
        args: [
          ...["-rm", "sh", "-c", script, "sh", Deno.execPath(), "eval", "-q", code],
          ...[`${directory}/auth.lock`, `${directory}/none.lock`],
        ],
        env: { D: directory },
      }).output();
      lock.lock.release();
      assertEquals(new TextDecoder().decode(stdout), "busy,impossible");
    });
  },
});

const MOUNTED = 'cp "$D/auth.json" "$D/host.json"; mount --bind "$D/host.json" "$D/auth.json"';
const READ_ONLY = `${MOUNTED}; mount -o remount,bind,ro "$D/auth.json"`;

/** Runs a command of the program, with its own permissions, after the given commands. */
async function runUnder(
  setUp: string,
  issuer: string,
  directory: string,
  words: readonly string[],
): Promise<{ code: number; text: string }> {
  const { file, args } = programCommand();
  const { PATH = "" } = Deno.env.toObject();
  const { code, stderr } = await new Deno.Command("unshare", {
    args: ["-rm", "sh", "-c", `set -e; ${setUp}; exec "$@"`, "sh", file, ...args, ...words],
    clearEnv: true,
    env: {
      ...{ D: directory, HOME: directory, PATH, NO_PROXY: "127.0.0.1,localhost", DENO_DIR: denoDir() ?? "" },
      CCPROXY_AUTH__FILE: `${directory}/auth.json`,
      CCPROXY_AUTH__ISSUER: issuer,
    },
  }).output();
  return { code, text: new TextDecoder().decode(stderr) };
}

for (
  const { name, setUp, words, code, text, asked, token } of [
    {
      name: "auth refresh writes a mounted file in place",
      setUp: MOUNTED,
      words: ["auth", "refresh"],
      code: 0,
      text: "Refreshed: ",
      asked: ["/oauth/token"],
      token: "rt_1",
    },
    {
      name: "auth refresh spends nothing on a file that is mounted read-only",
      setUp: READ_ONLY,
      words: ["auth", "refresh"],
      code: 1,
      text: "it lies on a read-only file system",
      asked: [],
      token: "rt_0",
    },
    {
      name: "auth logout-openai empties a mounted file, which cannot be removed",
      setUp: MOUNTED,
      words: ["auth", "logout-openai", "--yes"],
      code: 0,
      text: "is empty now; it is mounted here, so it cannot be removed",
      asked: ["/oauth/revoke"],
      token: undefined,
    },
    {
      name: "auth logout-openai revokes nothing that it cannot remove",
      setUp: READ_ONLY,
      words: ["auth", "logout-openai", "--yes"],
      code: 1,
      text: "the login cannot be removed",
      asked: [],
      token: "rt_0",
    },
    {
      name: "auth login-openai sends nobody to the browser for a login that cannot be saved",
      setUp: READ_ONLY,
      words: ["auth", "login-openai", "--force", "--no-browser"],
      code: 1,
      text: "a login cannot be saved",
      asked: [],
      token: "rt_0",
    },
  ]
) {
  Deno.test({
    name,
    ignore: !mayMount,
    async fn() {
      await using issuer = startIssuer();
      await withHome(expired(), async ({ directory }) => {
        const ran = await runUnder(setUp, issuer.url, directory, words);
        assertEquals([ran.code, issuer.seen.map((seen) => seen.path)], [code, asked], ran.text);
        assertStringIncludes(ran.text, text);
        const saved = JSON.parse(await Deno.readTextFile(`${directory}/host.json`));
        assertEquals(saved.tokens?.refresh_token, token);
      });
    },
  });
}

for (
  const [mode, kept] of [[0o644, false], [0o666, true]] as const
) {
  Deno.test({
    name: `another user's file (mode ${mode.toString(8)}) stays theirs: ${
      kept ? "it is written in place" : "the refresh token is not spent"
    }`,
    // Only an administrator may give a file away, and the namespace then may not take it back.
    ignore: !mayMount || Deno.uid() !== 0,
    async fn() {
      await using issuer = startIssuer();
      await withHome(expired(), async ({ path, directory }) => {
        await Deno.chmod(path, mode);
        await Deno.chown(path, 12345, 12345);
        const found = await under("true", issuer.url, directory, "command");
        assertEquals((await Deno.stat(path)).uid, 12345);
        assertEquals([found.outcome === "token", issuer.refreshes], [kept, kept ? 1 : 0]);
        if (!kept) assertEquals(found.why, `${path} cannot be written: permission denied`);
      });
    },
  });
}
