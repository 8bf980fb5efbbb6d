/** Files, database, standard streams, the runtime's own, and idle connections of clients. */
const SPARE = 64;
/** What is opened to see whether it can be, at most: 10 µs each. */
const LOOKED_AT = 2048;

/** What a person can do about {@linkcode lackOfDescriptors}. */
export const DESCRIPTORS_FIX =
  'Run "ulimit -n 4096" before "ccproxy serve" (LimitNOFILE=4096 in a systemd unit), or lower limits.concurrent_requests';

/**
 * What is missing when this process may not open as many files and connections as that many requests need, each with
 * a connection to its client and one to the backend. Undefined when it may, and on Windows, which has no such limit.
 *
 * The limit cannot be read: Deno gives /proc to nobody with less than all permissions. So it is tried, with sockets on
 * loopback that are closed again before anything else can run.
 *
 * @param open opens one more. @throws when there is none
 */
export function lackOfDescriptors(
  requests: number,
  os: typeof Deno.build.os,
  open: () => Disposable = openSocket,
): string | undefined {
  if (os === "windows") return undefined;
  const wanted = Math.min(2 * requests + SPARE, LOOKED_AT);
  const opened: Disposable[] = [];
  try {
    while (opened.length < wanted) opened.push(open());
    return undefined;
  } catch (error) {
    if (!isOutOfDescriptors(error)) return undefined;
    return `only ${opened.length} more files and connections can be open at once, and limits.concurrent_requests = ` +
      `${requests} may need ${2 * requests + SPARE} (ulimit -n)`;
  } finally {
    for (const each of opened) each[Symbol.dispose]();
  }
}

function openSocket(): Disposable {
  return Deno.listen({ hostname: "127.0.0.1", port: 0 });
}

/** EMFILE: this process has no more; ENFILE: the whole machine. Deno has no error class of its own for them. */
function isOutOfDescriptors(error: unknown): boolean {
  return error instanceof Error && /\(os error 2[34]\)/.test(error.message);
}
