/** Why a login cannot be saved, and what a person can do about it. */
import { errorText } from "../error_text.ts";
import { directoryOf } from "../directory_of.ts";
import { AUTH_JSON_VARIABLE, type CredentialPlace } from "./credential_place.ts";
import { codeOf } from "./error_code.ts";
import { placeFix } from "./place_fix.ts";

/** Why new tokens cannot be kept at their place. */
export interface SaveFault {
  /** a clause without a full stop: `/a/auth.json cannot be written: no space is left on the disk` */
  readonly why: string;
  /** what to do, one sentence without a full stop */
  readonly fix: string;
}

/** The fault of a login that comes from the environment. */
export const ENVIRONMENT_FAULT: SaveFault = {
  why: `the login comes from ${AUTH_JSON_VARIABLE}, where nothing can be saved`,
  fix:
    `Give the login as a file instead, named by auth.file or CCPROXY_AUTH__FILE, and unset ${AUTH_JSON_VARIABLE}`,
};

/** Puts what the system said into words for people. Pure. */
export function saveFaultOf(
  place: Extract<CredentialPlace, { kind: "file" }>,
  thrown: unknown,
): SaveFault {
  const { path } = place;
  const directory = directoryOf(path);
  const cannot = `${path} cannot be written`;
  switch (codeOf(thrown)) {
    case "ENOSPC":
    case "EDQUOT":
      return { why: `${cannot}: no space is left on the disk`, fix: `Make room on the disk of ${directory}` };
    case "EROFS":
      return {
        why: `${cannot}: it lies on a read-only file system`,
        fix: `Mount ${directory} writable, the directory rather than the file alone`,
      };
    case "EACCES":
    case "EPERM":
      return {
        why: `${cannot}: permission denied`,
        fix: placeFix(path, thrown, "write"),
      };
    default: {
      const reason = thrown instanceof Deno.errors.NotCapable
        ? "this program has no permission for that place"
        : errorText(thrown);
      return {
        why: `${cannot}: ${reason}`,
        fix: placeFix(path, thrown, "write"),
      };
    }
  }
}

/** What is said of a login that cannot be saved, in one sentence without a full stop. Pure. */
export function unsavableText({ why }: SaveFault): string {
  return `refreshed tokens cannot be kept: ${why}; so no command refreshes this login, and "ccproxy serve" does it ` +
    "only when the access token has expired, and keeps the new tokens in memory";
}
