import { secretsIn } from "../wire/auth_json.ts";
import { AUTH_JSON_VARIABLE, type CredentialPlace } from "./credential_place.ts";
import type { Log } from "../log.ts";
import type { CredentialStore, Snapshot } from "./credential_store.ts";
import { type LearnSecrets, readLogin } from "./read_login.ts";
import { LOST, rotatedJson } from "./rotated_tokens.ts";
import { ENVIRONMENT_FAULT } from "./save_fault.ts";
import type { TokenFile } from "./token_file.ts";

/** The login of `CCPROXY_AUTH_JSON`: rotated tokens live as long as the process does. */
export function createEnvironmentStore(
  place: Extract<CredentialPlace, { kind: "env" }>,
  now: () => number,
  log: Log,
  learn: LearnSecrets,
): CredentialStore {
  const unsaved =
    `the login comes from ${AUTH_JSON_VARIABLE}, so a rotated token does not outlive this process`;
  let file: TokenFile = { kind: "read", json: readLogin(place.text, learn), modeBits: undefined };
  let rotated = false;
  const snapshot = (): Promise<Snapshot> => Promise.resolve({ file, unsaved: rotated ? unsaved : undefined });
  return {
    place,
    read: snapshot,
    reread: snapshot,
    takeTurn: () => Promise.resolve({ kind: "held", lock: { release() {} } }),
    prepareSave: () =>
      Promise.resolve({
        fault: ENVIRONMENT_FAULT,
        save(old, tokens) {
          const json = rotatedJson(old, tokens, now());
          learn(...secretsIn(json.document));
          file = { kind: "read", json, modeBits: undefined };
          if (!rotated) log("warn", unsaved);
          rotated = true;
          return Promise.resolve({ json, unsaved });
        },
        discard: () => Promise.resolve(),
      }),
    proveSave: () => Promise.resolve(ENVIRONMENT_FAULT),
    fault: () => ENVIRONMENT_FAULT,
    saveAtEnd() {
      if (rotated) log("error", `${AUTH_JSON_VARIABLE} holds a used refresh token now: ${LOST}`);
      return Promise.resolve();
    },
  };
}
