/** Puts the real clients into a cache outside the checkout: exact versions, no install scripts, once per version. */

/** A package and its exact version. */
export type Packages = Readonly<Record<string, string>>;

/**
 * The folder of everything the client tests install: `CCPROXY_CLIENTS_CACHE`, else below `XDG_CACHE_HOME`, else below
 * the system's temporary folder. Nothing of it ever lies in the checkout.
 */
export function cacheFolder(): string {
  const named = Deno.env.get("CCPROXY_CLIENTS_CACHE");
  if (named !== undefined && named !== "") return named;
  const windows = Deno.build.os === "windows";
  const base = Deno.env.get("XDG_CACHE_HOME") || Deno.env.get("TMPDIR") || Deno.env.get("TEMP") ||
    (windows ? "C:\\Windows\\Temp" : "/tmp");
  return `${base.replace(/[\\/]$/, "")}/ccproxy-clients`;
}

/**
 * Installs npm packages into a folder of their own and gives that folder.
 *
 * Install scripts do not run: what they would do here (choose a binary) is done by the tests that need it.
 *
 * @throws Error with npm's words when it fails
 */
export async function installNpm(name: string, packages: Packages): Promise<string> {
  const manifest = JSON.stringify({ private: true, dependencies: packages }, null, 2);
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
  return await installOnce(`npm-${name}`, manifest, async (folder) => {
    await Deno.writeTextFile(`${folder}/package.json`, manifest);
    await run(Deno.build.os === "windows" ? "npm.cmd" : "npm", ["install", ...flags], folder);
  });
}

/**
 * Makes a Python environment with these packages and gives its interpreter; undefined where there is no `python3`.
 *
 * @throws Error with pip's words when it fails
 */
export async function installPython(name: string, packages: readonly string[]): Promise<string | undefined> {
  const python = Deno.build.os === "windows" ? "python" : "python3";
  if (!await answers(python, ["--version"])) return undefined;
  const inside = Deno.build.os === "windows" ? "venv/Scripts/python.exe" : "venv/bin/python";
  const folder = await installOnce(`python-${name}`, packages.join("\n"), async (place) => {
    await run(python, ["-m", "venv", "venv"], place);
    await run(`${place}/${inside}`, ["-m", "pip", "install", "--quiet", ...packages], place);
  });
  return `${folder}/${inside}`;
}

/**
 * Unpacks Debian packages, without installing them, into a folder and gives it: the newest that the machine's sources
 * have. Needs `apt-get` and `dpkg-deb`.
 *
 * @throws Error with the words of apt-get or dpkg-deb when it fails
 */
export async function unpackDebian(name: string, packages: readonly string[]): Promise<string> {
  return await installOnce(`debian-${name}`, packages.join("\n"), async (folder) => {
    await run("apt-get", ["download", ...packages], folder);
    for await (const { name: file } of Deno.readDir(folder)) {
      if (file.endsWith(".deb")) await run("dpkg-deb", ["-x", file, "."], folder);
    }
  });
}

/** True when this command can be run and ends well. */
export async function answers(file: string, args: readonly string[]): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(file, { args: [...args], stdout: "null", stderr: "null" })
      .output();
    return success;
  } catch {
    return false;
  }
}

/**
 * The folder for this name, filled by `fill` unless it was filled for the same wish before. A folder that was left
 * half filled has no mark and is made again.
 */
async function installOnce(
  name: string,
  wish: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  // The wish is part of the name: another checkout with other versions has a folder of its own.
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(wish)));
  const folder = `${cacheFolder()}/${name}-${digest.slice(0, 5).toHex()}`;
  const mark = `${folder}/.installed`;
  if (await Deno.readTextFile(mark).catch(() => undefined) === wish) return folder;
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await Deno.mkdir(folder, { recursive: true });
  await fill(folder);
  await Deno.writeTextFile(mark, wish);
  return folder;
}

async function run(file: string, args: readonly string[], cwd: string): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(file, { args: [...args], cwd }).output();
  if (success) return;
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  throw new Error(`${file} ${args[0]} failed in ${cwd}:\n${text.slice(-3000)}`);
}
