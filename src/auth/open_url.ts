/** Opening the sign-in page in the person's browser. */

/** How long an opener may take to fail; one that runs on has opened something. */
const OPENER_WAIT_MS = 1_500;

/**
 * True when opening a URL is likely to reach the person: not over SSH, and on Linux only with a display. Without one
 * `xdg-open` may start a text browser inside the terminal. Pure.
 */
export function canOpenUrl(os: string, env: (name: string) => string | undefined): boolean {
  if ((env("SSH_CONNECTION") ?? "") !== "") return false;
  if (os === "darwin" || os === "windows") return true;
  return (env("DISPLAY") ?? "") !== "" || (env("WAYLAND_DISPLAY") ?? "") !== "";
}

/**
 * Opens a web page with the system's own opener. Never throws.
 *
 * @param url https, or http for an issuer on loopback; anything else is not opened
 * @returns false when nothing was opened
 */
export async function openUrl(url: string, os: string = Deno.build.os): Promise<boolean> {
  if (!URL.canParse(url) || !["https:", "http:"].includes(new URL(url).protocol)) return false;
  const [command, ...args] = openerOf(os, url);
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const child = new Deno.Command(command, { args, stdin: "null", stdout: "null", stderr: "null" }).spawn();
    child.unref();
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), OPENER_WAIT_MS);
    });
    const status = await Promise.race([child.status, late]);
    return status === undefined || status.success;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

function openerOf(os: string, url: string): [string, ...string[]] {
  if (os === "darwin") return ["open", url];
  if (os === "windows") return ["rundll32", "url.dll,FileProtocolHandler", url];
  return ["xdg-open", url];
}
