/** Certificates for servers of tests. */

/** A certificate with its key, and the authority that signed it, all PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly authority: string;
}

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];

/**
 * Makes a certificate; undefined where there is no openssl that can.
 *
 * @param name as in `subjectAltName`: `DNS:example.com`, `IP:127.0.0.1`
 */
export async function makeCertificate(name: string): Promise<Certificate | undefined> {
  const folder = await Deno.makeTempDir();
  const run = async (...args: string[]) => {
    const { success } = await new Deno.Command("openssl", { args, cwd: folder, stderr: "null" }).output();
    return success;
  };
  try {
    const isMade =
      await run("req", "-x509", ...NEW_KEY, "-subj", "/CN=authority", "-keyout", "a.key", "-out", "a") &&
      await run(
        ...["req", "-x509", ...NEW_KEY, "-subj", "/CN=server", "-CA", "a", "-CAkey", "a.key"],
        ...["-addext", `subjectAltName=${name}`, "-addext", "basicConstraints=critical,CA:FALSE"],
        ...["-keyout", "key", "-out", "cert"],
      );
    if (!isMade) return undefined;
    const read = (file: string) => Deno.readTextFile(`${folder}/${file}`);
    return { cert: await read("cert"), key: await read("key"), authority: await read("a") };
  } catch {
    return undefined;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
