/** Where the credentials are: the path of a file, or the content of `CCPROXY_AUTH_JSON` itself. */
export type CredentialPlace =
  | {
    readonly kind: "file";
    readonly path: string;
    /** true when `auth.file` names it: the Codex CLI does not know it */
    readonly own?: boolean;
  }
  | { readonly kind: "env"; readonly text: string };

/** Name of the environment variable that holds a whole `auth.json`. */
export const AUTH_JSON_VARIABLE = "CCPROXY_AUTH_JSON";

/** Where the credentials are, in words for people: the path, or the variable. */
export function placeName(place: CredentialPlace): string {
  return place.kind === "file" ? place.path : `environment variable ${AUTH_JSON_VARIABLE}`;
}
