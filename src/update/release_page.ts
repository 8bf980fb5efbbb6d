import { connectFault } from "../config/connect_fault.ts";
import { isLoopbackHost } from "../config/loopback_host.ts";
import { type Bound, BOUNDS, sizeText } from "../bounds.ts";
import { Problem } from "../problem.ts";
import { readLimited } from "../read_limited.ts";
import { isRecord, parseJson, textAt } from "../wire/json.ts";
import { isVersion } from "../semver.ts";

/** The releases of ccproxy, as they can be downloaded. */
export interface ReleasePage {
  /** where people find it */
  readonly url: string;
  /** Version of the newest release. @throws Problem network, update_failed */
  newestVersion(): Promise<string>;
  /** A file of a release, checked against the release's SHA256SUMS. @throws Problem network, update_failed */
  verifiedFile(version: string, name: string): Promise<Uint8Array<ArrayBuffer>>;
}

/** What {@linkcode createReleasePage} needs. */
export interface ReleasePageOptions {
  /** the address below which `latest/download/FILE` and `download/vVERSION/FILE` are */
  readonly base: string;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
  /** how long a server may say nothing */
  readonly idleTimeoutMs: number;
}

const MAX_REDIRECTS = 5;

/**
 * Opens the release page. Nothing is asked until a function is called.
 *
 * The version is read from `ccproxy.json`, the manifest that every release carries: it needs no API, and works on a
 * mirror that only has the files.
 *
 * @throws Problem usage for a base that is neither https nor on loopback
 */
export function createReleasePage(options: ReleasePageOptions): ReleasePage {
  const base = options.base.replace(/\/+$/, "");
  if (!isSafe(base)) {
    throw new Problem("usage", `CCPROXY_UPDATE_BASE must be https: found ${JSON.stringify(base)}`, {
      hint: "Plain http is only taken on loopback",
    });
  }

  async function read(path: string, bound: Bound): Promise<Uint8Array<ArrayBuffer>> {
    return await download(`${base}/${path}`, bound, options);
  }

  return {
    url: base,
    async newestVersion() {
      const manifest = parseJson(decode(await read("latest/download/ccproxy.json", BOUNDS.releaseText)));
      const version = isRecord(manifest) ? textAt(manifest, "version") : undefined;
      if (version === undefined || !isVersion(version)) {
        throw new Problem("update_failed", `"${base}/latest/download/ccproxy.json" names no version`);
      }
      return version;
    },
    async verifiedFile(version, name) {
      const folder = `download/v${version}`;
      const sums = decode(await read(`${folder}/SHA256SUMS`, BOUNDS.releaseText));
      const wanted = checksumIn(sums, name);
      if (wanted === undefined) {
        throw new Problem("update_failed", `SHA256SUMS of release ${version} does not name "${name}"`);
      }
      const bytes = await read(`${folder}/${name}`, BOUNDS.releaseArchive);
      const found = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
      if (found !== wanted) {
        throw new Problem(
          "update_failed",
          `the checksum of "${name}" is wrong: found ${found}, needed ${wanted}`,
        );
      }
      return bytes;
    },
  };
}

/** The checksum of a file in the lines of `sha256sum`: in hex, two characters, the name. */
function checksumIn(sums: string, name: string): string | undefined {
  for (const line of sums.split(/\r?\n/)) {
    const found = /^([0-9a-fA-F]{64}) [ *](.+)$/.exec(line);
    if (found?.[2] === name) return found[1]?.toLowerCase();
  }
  return undefined;
}

/** Https everywhere, http on loopback only: what is downloaded becomes the program. */
function isSafe(url: string): boolean {
  const { protocol, hostname = "" } = URL.parse(url) ?? {};
  return protocol === "https:" || (protocol === "http:" && isLoopbackHost(hostname));
}

/** Follows redirects one by one, so that each address is checked. */
async function download(
  url: string,
  bound: Bound,
  { fetch: send, signal, idleTimeoutMs }: ReleasePageOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const idle = new AbortController();
  const expire = () =>
    idle.abort(new DOMException(`no answer for ${idleTimeoutMs / 1000} s`, "TimeoutError"));
  let timer = setTimeout(expire, idleTimeoutMs);
  let address = url;
  try {
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
      const response = await send(address, {
        redirect: "manual",
        signal: AbortSignal.any([signal, idle.signal]),
      });
      if (response.status >= 300 && response.status < 400) {
        await response.body?.cancel();
        address = nextAddress(response, address);
        continue;
      }
      if (!response.ok) {
        await response.body?.cancel();
        throw new Problem("update_failed", `"${address}" answered ${response.status}`);
      }
      const onProgress = () => {
        clearTimeout(timer);
        timer = setTimeout(expire, idleTimeoutMs);
      };
      return await readLimited(response.body, bound, { onProgress });
    }
    throw new Problem("update_failed", `"${url}" leads through more than ${MAX_REDIRECTS} addresses`);
  } catch (error) {
    throw toDownloadProblem(error, address, bound, idleTimeoutMs);
  } finally {
    clearTimeout(timer);
  }
}

function nextAddress(response: Response, from: string): string {
  const next = URL.parse(response.headers.get("location") ?? "", from)?.href;
  if (next === undefined || !isSafe(next) || (from.startsWith("https:") && !next.startsWith("https:"))) {
    throw new Problem("update_failed", `"${from}" leads to an address that is not https`);
  }
  return next;
}

function toDownloadProblem(error: unknown, address: string, bound: Bound, idleTimeoutMs: number): Problem {
  if (error instanceof Problem && error.code === "answer_too_large") {
    return new Problem("update_failed", `"${address}" has more than ${sizeText(bound.bytes)}`, {
      cause: error,
    });
  }
  if (error instanceof Problem) return error;
  const url = new URL(address);
  const { host } = url;
  if (error instanceof Deno.errors.NotCapable) {
    return new Problem("update_failed", `this executable may not connect to "${host}"`, {
      hint: "Download the new release in a browser and replace the program by hand",
      cause: error,
    });
  }
  const { fault, fix } = connectFault(error, url, idleTimeoutMs);
  return new Problem("network", `"${host}" could not be reached: ${fault}`, { hint: fix, cause: error });
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
