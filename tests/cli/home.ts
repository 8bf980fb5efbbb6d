/** A fresh home on disk for commands that read and write files, with a world that lives in it. */
import { run } from "../../src/cli/run.ts";
import { authJson, type FakeTokens, makeTokens, type TokenFacts } from "../fake/tokens.ts";
import { createFakeWorld, type FakeWorld, type FakeWorldOptions, NOW_MS } from "./fake_world.ts";

/** What a run gave. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A home directory that is removed at the end of the test. */
export interface Home extends AsyncDisposable {
  readonly path: string;
  readonly authPath: string;
  readonly configPath: string;
  /** addresses of the fakes, as the environment tells them to the program */
  readonly env: Record<string, string>;
  /** runs one command in this home; the path of the home is shown as `~` in its output */
  run(args: readonly string[] | string, options?: FakeWorldOptions): Promise<Ran>;
  /** the same with a world of the caller's */
  runIn(fake: FakeWorld, args: readonly string[] | string): Promise<Ran>;
  world(options?: FakeWorldOptions): FakeWorld;
  /** writes `~/.codex/auth.json` with fresh tokens (nested form) */
  signIn(facts?: TokenFacts): Promise<FakeTokens>;
  writeAuth(text: string, mode?: number): Promise<void>;
  readAuth(): Promise<string | undefined>;
  writeConfig(text: string): Promise<void>;
  readConfig(): Promise<string | undefined>;
}

/** Makes a home; `fakes` are the servers its settings point to. */
export async function makeHome(
  fakes: { readonly issuer?: { readonly url: string }; readonly backend?: { readonly url: string } } = {},
): Promise<Home> {
  const path = await Deno.makeTempDir({ prefix: "ccproxy-cli-" });
  const authPath = `${path}/.codex/auth.json`;
  const configPath = `${path}/.config/ccproxy/config.toml`;
  const env: Record<string, string> = {
    HOME: path,
    // Nobody listens there: no test reaches beyond loopback.
    CCPROXY_AUTH__ISSUER: fakes.issuer?.url ?? "http://127.0.0.1:9",
    CCPROXY_CODEX__BASE_URL: fakes.backend?.url ?? "http://127.0.0.1:9/backend-api/codex",
    CCPROXY_SERVER__PORT: "0",
  };
  const tilde = (text: string) => text.replaceAll(path, "~");
  const world = (options: FakeWorldOptions = {}) =>
    createFakeWorld({ fetch, ...options, env: { ...env, ...options.env } });
  const runIn = async (fake: FakeWorld, args: readonly string[] | string) => {
    const words = typeof args === "string" ? args.split(" ") : args;
    const code = await run(words, fake.world);
    return { code, stdout: tilde(fake.stdout()), stderr: tilde(fake.stderr()) };
  };
  const writeAuth = async (text: string, mode = 0o600) => {
    await Deno.mkdir(`${path}/.codex`, { recursive: true, mode: 0o700 });
    await Deno.writeTextFile(authPath, text, { mode });
    await Deno.chmod(authPath, mode);
  };
  return {
    path,
    authPath,
    configPath,
    env,
    world,
    runIn,
    run: (args, options) => runIn(world(options), args),
    async signIn(facts = {}) {
      const tokens = makeTokens({ nowMs: NOW_MS, ...facts });
      await writeAuth(JSON.stringify(authJson(tokens)));
      return tokens;
    },
    writeAuth,
    readAuth: () => read(authPath),
    async writeConfig(text) {
      await Deno.mkdir(`${path}/.config/ccproxy`, { recursive: true });
      await Deno.writeTextFile(configPath, text);
    },
    readConfig: () => read(configPath),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    throw thrown;
  }
}
