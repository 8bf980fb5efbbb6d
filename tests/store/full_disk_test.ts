import { assertEquals } from "@std/assert";

/** True where this user may make a small file system for one process: Linux, in a namespace of its own. */
function canMount(): boolean {
  if (Deno.build.os !== "linux") return false;
  try {
    return new Deno.Command("unshare", {
      args: ["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
      stdout: "null",
      stderr: "null",
    }).outputSync().success;
  } catch {
    return false;
  }
}

Deno.test({
  name: "on a full disk records can be deleted to make room, nothing of them stays, and writing goes on",
  ignore: !canMount(),
  async fn() {
    // How much of the log is not in the file yet when the disk gets full differs with its size.
    for (const megabytes of [8, 9, 10, 11, 12]) await deleteOnDisk(megabytes);
  },
});

async function deleteOnDisk(megabytes: number): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "ccproxy-full-" });
  try {
    const viaMap = import.meta.resolve("@std/toml/parse").startsWith("file:");
    const map = new URL("../../tools/std/import_map.json", import.meta.url).pathname;
    const flags = viaMap ? ["--no-lock", `--import-map=${map}`] : [];
    const script = new URL("full_disk.ts", import.meta.url).pathname;
    const { stdout, stderr } = await new Deno.Command("unshare", {
      args: [
        "-rm",
        "sh",
        "-c",
        `mount -t tmpfs -o size=${megabytes}m tmpfs "$0" && exec "$@"`,
        folder,
        ...[Deno.execPath(), "run", "-q", "--no-check", "--cached-only", ...flags],
        ...["--allow-read", "--allow-write", script, folder],
      ],
    }).output();
    const text = new TextDecoder().decode(stdout);
    assertEquals(text === "" ? new TextDecoder().decode(stderr) : JSON.parse(text), {
      fills: true,
      full: "memory_full",
      deleted: "ok",
      isGone: true,
      traces: [],
      again: "ok",
      swept: "ok",
    }, `a disk of ${megabytes} MB`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
