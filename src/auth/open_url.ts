/** Opening the sign-in page in the person's browser. */

/** How long an opener may take to fail; one that runs on has opened something. */
const OPENER_WAIT_MS = 1_500;

/**
 * True when opening a URL is likely to reach the person: with a `$BROWSER` always (editors set it on the machines that
 * they reach over SSH), else not over SSH, and on Linux only with a display. Without one `xdg-open` may start a text
 * browser inside the terminal. Pure.
 */
export function canOpenUrl(os: string, env: (name: string) => string | undefined): boolean {
  if ((env("BROWSER") ?? "") !== "") return true;
  if ((env("SSH_CONNECTION") ?? "") !== "") return false;
  if (os === "darwin" || os === "windows") return true;
  return (env("DISPLAY") ?? "") !== "" || (env("WAYLAND_DISPLAY") ?? "") !== "";
}

/**
 * Opens a web page: with `$BROWSER` where there is one and the program may run it, else with the system's own opener,
 * which looks at `$BROWSER` itself on Linux. Never throws.
 *
 * @param url https, or http for an issuer on loopback; anything else is not opened
 * @param browser `$BROWSER`: programs with a colon between them, each with its arguments; `%s` stands for the address
 * @returns false when nothing was opened
 */
export async function openUrl(
  url: string,
  os: string = Deno.build.os,
  browser: string = "",
): Promise<boolean> {
  if (!URL.canParse(url) || !["https:", "http:"].includes(new URL(url).protocol)) return false;
  // A colon stands in the paths of Windows.
  for (const named of os === "windows" ? [browser] : browser.split(":")) {
    const [command, ...args] = named.split(/\s+/).filter((word) => word !== "");
    if (command === undefined) continue;
    const given = args.map((word) => word.replaceAll("%s", url));
    if (await start(command, named.includes("%s") ? given : [...given, url])) return true;
  }
  const [command, ...args] = openerOf(os, url);
  return await start(command, args);
}

/** False when the program is not there, may not be run, or failed at once. */
async function start(command: string, args: readonly string[]): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const child = new Deno.Command(command, {
      args: [...args],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
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
