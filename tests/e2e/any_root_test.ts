/**
 * The executable alone on a machine that has nothing else: a root file system with no shell, no passwd file and a user
 * id that nobody has, as in containers, with the homes that such machines have. It is made of a folder by chroot in a
 * mount namespace of its own, so it needs Linux, root and the executable.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { textAnswer } from "../fake/answers.ts";
import { startFakeBackend } from "../fake/backend.ts";
import { startFakeIssuer } from "../fake/issuer.ts";
import { authJson, makeTokens } from "../fake/tokens.ts";
import { makeHome } from "../program.ts";
import { record } from "../transcript.ts";
import { HELLO } from "./setup.ts";

const EXECUTABLE = Deno.env.get("CCPROXY_BIN");
const CAN_BE_MADE = Deno.build.os === "linux" && EXECUTABLE !== undefined && Deno.uid() === 0 &&
  await succeeds("unshare", ["-m", "chroot", "--userspec=12345:0", "/", "/bin/true"]);

/** A home below the root, and what the program says or does there. */
interface Row {
  readonly home: string;
  /** nothing can be written anywhere */
  readonly readOnly?: boolean;
  /** the login is in the environment, and the home does not exist */
  readonly token?: boolean;
  /** what has to be said */
  readonly says?: RegExp;
}

const ROWS: readonly Row[] = [
  { home: "/github/home" },
  { home: "/var/home/u" },
  { home: "/mnt/c/Users/u" },
  { home: "/export/home/ü ü" },
  { home: "/" },
  {
    home: "/home/u",
    readOnly: true,
    says: /Read-only file system.*sessions and responses are kept in memory/,
  },
  { home: "/nonexistent", token: true, readOnly: true, says: /sessions and responses are kept in memory/ },
];

for (const row of ROWS) {
  Deno.test({
    name: `the executable serves with nothing but itself, in the home ${row.home}${
      row.readOnly ? " that is read-only" : ""
    }`,
    ignore: !CAN_BE_MADE,
    fn: () => serveIn(row),
  });
}

async function serveIn({ home, readOnly = false, token = false, says }: Row): Promise<void> {
  const root = await makeHome();
  try {
    await using backend = await startFakeBackend({ strict: false });
    await using issuer = await startFakeIssuer();
    backend.setDefault({ events: textAnswer(["Hi"]) });
    await fillRoot(root);
    if (!token) await putLogin(`${root}${home}`);
    const child = new Deno.Command("unshare", {
      args: ["-m", "sh", "-c", ENTER, root, readOnly ? "ro" : "rw", "serve", "--port", "0"],
      clearEnv: true,
      env: {
        HOME: home,
        PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
        NO_COLOR: "1",
        CCPROXY_CODEX__BASE_URL: backend.url,
        CCPROXY_AUTH__ISSUER: issuer.url,
        ...token
          ? {
            CCPROXY_ACCESS_TOKEN: issuer.accessTokens.make(),
            CODEX_AUTHAPI_BASE_URL: `${issuer.url}/api/accounts`,
          }
          : {},
      },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const lines = child.stderr.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
    let said = "";
    const until = async (pattern: RegExp) => {
      while (!pattern.test(said)) {
        const { value, done } = await lines.next();
        if (done) throw new Error(`it ended without ${pattern}:\n${said}`);
        said += value;
      }
      return pattern.exec(said)?.[1] ?? "";
    };
    const url = await until(/listens on (\S+)\n/);
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(HELLO),
    });
    assertEquals(answer.status, 200, await answer.text());
    await until(/ request id=/);
    child.kill("SIGTERM");
    assertEquals((await child.status).code, 0);
    for (let next = await lines.next(); !next.done; next = await lines.next()) said += next.value;
    record(`serve in ${home} stderr`, said);
    if (says !== undefined) assertMatch(said, says);
    assertEquals(/permission|compilation/.test(said), false, said);
    if (!readOnly) {
      const { isFile } = await Deno.stat(`${root}${home}/.local/state/ccproxy/ccproxy.db`);
      assertEquals(isFile, true);
    }
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** Words: the root, whether it can be written, those of the command. */
const ENTER = `
mount --bind "$0" "$0" && mount --rbind /proc "$0/proc" || exit 99
for name in null urandom; do mount --bind /dev/$name "$0/dev/$name" || exit 99; done
if [ "$1" = ro ]; then mount -o remount,bind,ro "$0" || exit 99; fi
shift
exec chroot --userspec=12345:0 "$0" /usr/bin/ccproxy "$@"`;

/** The executable, the libraries that it is linked with, and nothing else. */
async function fillRoot(root: string): Promise<void> {
  const executable = EXECUTABLE ?? "";
  const { stdout } = await new Deno.Command("ldd", { args: [executable] }).output();
  const libraries = new TextDecoder().decode(stdout).match(/\/\S+(?= \()/g) ?? [];
  for (const folder of ["proc", "dev", "tmp"]) await Deno.mkdir(`${root}/${folder}`);
  for (const name of ["null", "urandom"]) await Deno.writeTextFile(`${root}/dev/${name}`, "");
  for (const [from, to] of [[executable, "/usr/bin/ccproxy"], ...libraries.map((path) => [path, path])]) {
    await Deno.mkdir(`${root}${to?.slice(0, to.lastIndexOf("/"))}`, { recursive: true });
    await Deno.copyFile(from ?? "", `${root}${to}`);
  }
  // makeTempDir() makes it for its owner alone.
  await Deno.chmod(root, 0o755);
}

/** A home of the user 12345, with a login. */
async function putLogin(home: string): Promise<void> {
  await Deno.mkdir(`${home}/.codex`, { recursive: true });
  await Deno.writeTextFile(`${home}/.codex/auth.json`, JSON.stringify(authJson(makeTokens())), {
    mode: 0o600,
  });
  for (const path of [home, `${home}/.codex`, `${home}/.codex/auth.json`]) await Deno.chown(path, 12345, 0);
}

async function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(program, {
      args: [...args],
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch {
    return false;
  }
}
