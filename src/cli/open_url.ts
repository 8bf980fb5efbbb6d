/** Longest wait for the opener: it may stay in the foreground for as long as the browser lives. */
const WAIT_MS = 1500;

/** The system's own opener and its arguments; undefined for an address that is not a web page. Pure. */
export function openerCommand(url: string, os: typeof Deno.build.os): string[] | undefined {
  const parsed = URL.parse(url);
  // "file:", "javascript:" or a bare option word must never reach a program that opens whatever it is given.
  if (parsed === null || !["http:", "https:"].includes(parsed.protocol)) return undefined;
  if (os === "darwin") return ["open", parsed.href];
  if (os === "windows") return ["rundll32", "url.dll,FileProtocolHandler", parsed.href];
  return ["xdg-open", parsed.href];
}

/**
 * Opens a web page in the user's browser.
 *
 * @returns false when the address is no web page, or the opener is missing, may not be run, or failed
 */
export async function openUrl(url: string, os: typeof Deno.build.os = Deno.build.os): Promise<boolean> {
  const [command, ...args] = openerCommand(url, os) ?? [];
  if (command === undefined) return false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const child = new Deno.Command(command, { args, stdin: "null", stdout: "null", stderr: "null" }).spawn();
    child.unref();
    const waited = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), WAIT_MS);
    });
    const status = await Promise.race([child.status, waited]);
    return status === undefined || status.success;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
