/** How this program came to its machine, and so who has to update it. Pure. */

/** What an executable knows of itself. */
export interface Installation {
  /** the running executable, links resolved */
  readonly path: string;
  readonly os: typeof Deno.build.os;
  /** `owner/name`; empty when it does not belong to a release */
  readonly repository: string;
  /** `source` when it runs from source */
  readonly commit: string;
}

/** Why a program does not replace itself, and what to do instead. */
export interface Obstacle {
  readonly what: string;
  readonly instead: string;
}

/** Who else looks after a program, by where it lies. */
const MANAGERS: readonly (readonly [path: RegExp, what: string, instead: string])[] = [
  [/\/(?:Cellar|homebrew|linuxbrew)\//i, "was installed by Homebrew", 'Run "brew upgrade ccproxy"'],
  [/\\scoop\\/i, "was installed by Scoop", 'Run "scoop update ccproxy"'],
  [/^\/nix\/store\//, "was installed by Nix", "Update it with Nix"],
  [
    /^\/(?:usr\/)?s?bin\/|^\/snap\//,
    "belongs to a package of the system or to a container image",
    "Update the package, or pull the new image",
  ],
];

/** What stands against replacing the program; undefined when nothing does, as far as its place tells. */
export function findObstacle({ path, repository, commit }: Installation): Obstacle | undefined {
  if (repository === "" || commit === "source" || /(?:^|[\\/])deno(?:\.exe)?$/i.test(path)) {
    return {
      what: "ccproxy runs from source",
      instead: 'Run "git pull" in its folder, or install a release as the README says',
    };
  }
  const manager = MANAGERS.find(([pattern]) => pattern.test(path));
  if (manager === undefined) return undefined;
  return { what: `"${path}" ${manager[1]}`, instead: manager[2] };
}

/** What to do by hand where the program may not replace itself. */
export function byHand({ path, os }: Installation, pageUrl: string): string {
  const folder = path.replace(/[\\/][^\\/]*$/, "");
  const script = os === "windows" ? `".\\install.ps1 -Dir ${folder}"` : `"sh install.sh --dir ${folder}"`;
  const name = os === "windows" ? "install.ps1" : "install.sh";
  return `Download "${pageUrl}/latest/download/${name}" and, as a user who may write there, run ${script}`;
}

/** The archive of a release that holds the executable for a build target of Deno. */
export function archiveNameOf(target: string): string {
  return `ccproxy-${target}.${target.includes("windows") ? "zip" : "tar.gz"}`;
}
