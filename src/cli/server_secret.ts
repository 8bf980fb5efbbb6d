import { writeFile } from "../write_file.ts";
import { errorText } from "../error_text.ts";
import { BOUNDS } from "../bounds.ts";
import { readTextFileLimited } from "../read_limited.ts";
import { type Place, stateDirectory, whereKnown } from "../config/paths.ts";
import type { Log } from "../log.ts";
import { proveServer, type ServerProof } from "../server/server_proof.ts";

/** A secret that a running server and the commands of the same user share: 32 random bytes in a file of mode 0600. */
export type ServerSecret = Uint8Array<ArrayBuffer>;

const LENGTH_BYTES = 32;

/** Where the secret is. @throws Problem config when no home directory is known */
export function secretFile(place: Place): string {
  return `${stateDirectory(place)}/proof.secret`;
}

/**
 * The secret, as far as it is one: undefined when there is no file, when it is damaged, or when others may read it.
 * Nothing is thrown.
 */
export async function readServerSecret(place: Place): Promise<ServerSecret | undefined> {
  try {
    const path = secretFile(place);
    const { mode } = await Deno.stat(path);
    if (place.os !== "windows" && mode !== null && (mode & 0o077) !== 0) return undefined;
    const bytes = Uint8Array.fromHex((await readTextFileLimited(path, BOUNDS.state)).trim());
    return bytes.length === LENGTH_BYTES ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The secret; made first where there is none yet. Of two servers that make it at the same time, the later file counts
 * for both, since it is read for each proof.
 *
 * @throws whatever the file system throws
 */
async function keepServerSecret(place: Place): Promise<ServerSecret | undefined> {
  const known = await readServerSecret(place);
  if (known !== undefined) return known;
  const text = crypto.getRandomValues(new Uint8Array(LENGTH_BYTES)).toHex();
  await writeFile(secretFile(place), `${text}\n`, { makeDirectory: true });
  return await readServerSecret(place);
}

/** What a server proves itself by. */
export interface Prover {
  /** The proof for a nonce; undefined before the server listens, without a secret, and for what is no nonce. */
  readonly prove: (nonce: string) => Promise<ServerProof | undefined>;
  /** Takes note of where the server listens, and makes the secret, so that what stands in its way is said at once. */
  listensOn(address: string): Promise<void>;
}

/**
 * Proves to the commands of this user that the server is theirs. The secret is looked at each time: it may have been
 * lost, or made anew by another server of the same user. Without one the server serves all the same; the commands just
 * do not trust it with the key.
 */
export function createProver(place: Place, log: Log): Prover {
  const file = whereKnown(() => secretFile(place));
  let address: string | undefined;
  let told = false;

  async function secret(): Promise<ServerSecret | undefined> {
    // Without a home there is no command that could look for it either.
    if (file === undefined) return undefined;
    try {
      return await keepServerSecret(place);
    } catch (error) {
      if (!told) {
        log("warn", "no command will trust this server with the key: its secret cannot be kept", {
          file,
          error: errorText(error),
        });
      }
      told = true;
      return undefined;
    }
  }

  return {
    async prove(nonce) {
      if (address === undefined || nonce === "") return undefined;
      const known = await secret();
      const proof = known === undefined ? undefined : await proveServer(known, nonce, address);
      return proof === undefined ? undefined : { ...proof, pid: Deno.pid };
    },
    async listensOn(at) {
      address = at;
      await secret();
    },
  };
}
