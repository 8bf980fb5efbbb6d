/** A release page on loopback: the files of one release, at the two addresses where an install script looks. */
import { tarGz, zip } from "../../tools/package/archive.ts";
import { archiveName, checksumLines } from "../../tools/package/assets.ts";
import { hostTarget, systemOf, type Target } from "../../tools/permissions.ts";

/** A running release page. */
export interface DownloadServer {
  /** value for `CCPROXY_DOWNLOAD_BASE` */
  readonly base: string;
  /** paths that were asked for, in order */
  readonly asked: string[];
  /** replaces a file, for damage */
  set(name: string, bytes: Uint8Array<ArrayBuffer> | undefined): void;
}

/**
 * Serves a release 9.8.7 for this machine while `use` runs. `program` is the content of its executable.
 */
export async function withDownloadServer(
  program: Uint8Array<ArrayBuffer>,
  use: (server: DownloadServer) => Promise<void>,
): Promise<void> {
  const target: Target = hostTarget();
  const windows = systemOf(target) === "windows";
  const content = [{ name: windows ? "ccproxy.exe" : "ccproxy", bytes: program, executable: true }];
  const archive = windows ? await zip(content) : await tarGz(content, 0);
  const checksum = new Uint8Array(await crypto.subtle.digest("SHA-256", archive)).toHex();
  const files = new Map<string, Uint8Array<ArrayBuffer>>([
    [archiveName(target), archive],
    [
      "SHA256SUMS",
      new TextEncoder().encode(
        checksumLines(new Map([[archiveName(target), checksum], ["other.tar.gz", "0"]])),
      ),
    ],
  ]);
  const asked: string[] = [];
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    const name = /^\/(?:latest\/download|download\/v9\.8\.7)\/([^/]+)$/.exec(pathname)?.[1];
    const bytes = name === undefined ? undefined : files.get(name);
    return bytes === undefined ? new Response("Not Found", { status: 404 }) : new Response(bytes);
  });
  await use({
    base: `http://127.0.0.1:${server.addr.port}`,
    asked,
    set(name, bytes) {
      if (bytes === undefined) files.delete(name);
      else files.set(name, bytes);
    },
  });
}
