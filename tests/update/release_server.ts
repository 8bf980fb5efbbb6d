/** A release page on loopback that a test can damage, and a program that is updated from it. */
import { tarGz, zip } from "../../tools/package/archive.ts";
import { createFakeWorld, type FakeWorld } from "../cli/fake_world.ts";
import { type RunningProgram, runUpdate } from "../../src/cli/update.ts";
import { run } from "../../src/cli/run.ts";
import { defineCommand, JSON_FLAG } from "../../src/cli/command.ts";

/** Content of the new executable. */
export const NEW_PROGRAM = new TextEncoder().encode("the new program");
/** Content of the executable before. */
export const OLD_PROGRAM = "the old program";

/** What a test decides; the rest is release 9.8.7 for Linux, and a program of 1.2.3. */
export interface ReleaseOptions {
  readonly current?: string;
  readonly target?: string;
  readonly os?: typeof Deno.build.os;
  readonly repository?: string;
  readonly commit?: string;
  /** another answer for a path; undefined for the usual one */
  readonly answer?: (path: string) => Response | undefined;
  /** files of the archive, instead of executable and licence */
  readonly files?: Parameters<typeof tarGz>[0];
  /** changes the archive before its checksum is taken */
  readonly spoil?: (archive: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;
  /** changes the archive after its checksum was taken */
  readonly damage?: (archive: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;
  /** where the page is, instead of the loopback server */
  readonly base?: string;
}

/** A program in a folder of its own, and the release page it asks. */
export interface ReleaseStage {
  readonly fake: FakeWorld;
  readonly folder: string;
  readonly path: string;
  readonly base: string;
  /** paths that were asked for, in order */
  readonly asked: readonly string[];
  /** runs `ccproxy update WORDS` */
  update(...words: string[]): Promise<number>;
  /** names in the folder of the program, sorted */
  names(): string[];
}

/** Runs a test against a fresh folder and a fresh release page. */
export async function withRelease(
  options: ReleaseOptions,
  use: (stage: ReleaseStage) => Promise<void>,
): Promise<void> {
  const target = options.target ?? "x86_64-unknown-linux-gnu";
  const isWindows = target.includes("windows");
  const programName = isWindows ? "ccproxy.exe" : "ccproxy";
  const archiveName = `ccproxy-${target}.${isWindows ? "zip" : "tar.gz"}`;
  const files = options.files ?? [
    { name: programName, bytes: NEW_PROGRAM, executable: true },
    {
      name: isWindows ? "LICENSE.txt" : "LICENSE",
      bytes: new TextEncoder().encode("MIT"),
      executable: false,
    },
  ];
  const packed = isWindows ? await zip(files) : await tarGz(files, 0);
  const archive = options.spoil?.(packed) ?? packed;
  const checksum = new Uint8Array(await crypto.subtle.digest("SHA-256", archive)).toHex();
  const pages: Record<string, BodyInit> = {
    "/latest/download/ccproxy.json": JSON.stringify({ version: "9.8.7" }),
    "/download/v9.8.7/SHA256SUMS": `${"0".repeat(64)}  x${archiveName}\n${checksum}  ${archiveName}\n`,
    [`/download/v9.8.7/${archiveName}`]: options.damage?.(archive) ?? archive,
  };
  const asked: string[] = [];
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    const page = pages[pathname];
    return options.answer?.(pathname) ??
      new Response(page ?? "Not Found", { status: page === undefined ? 404 : 200 });
  });
  const folder = await Deno.makeTempDir({ prefix: "ccproxy-update-" });
  const path = `${folder}/${programName}`;
  await Deno.writeTextFile(path, OLD_PROGRAM, { mode: 0o755 });
  const base = options.base ?? `http://127.0.0.1:${server.addr.port}`;
  const fake = createFakeWorld({ env: { CCPROXY_UPDATE_BASE: base }, fetch });
  const program: RunningProgram = {
    version: options.current ?? "1.2.3",
    target,
    path,
    os: options.os ?? (isWindows ? "windows" : "linux"),
    repository: options.repository ?? "owner/ccproxy",
    commit: options.commit ?? "abc1234",
  };
  const command = defineCommand({
    path: ["update"],
    summary: "Update",
    flags: {
      check: { kind: "boolean", doc: "Check" },
      apply: { kind: "boolean", doc: "Apply" },
      json: JSON_FLAG,
    },
    args: {},
    examples: [],
    exitCodes: {},
    run: ({ flags }, world) => runUpdate(flags, world, () => Promise.resolve(program)),
  });
  try {
    await use({
      fake,
      folder,
      path,
      base,
      asked,
      update: (...words) =>
        run(["update", ...words], fake.world, { groups: [{ path: [], summary: "" }], commands: [command] }),
      names: () => [...Deno.readDirSync(folder)].map(({ name }) => name).sort(),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
