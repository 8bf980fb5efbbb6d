import type { FakeBackend } from "../fake/backend.ts";
import type { FakeIssuer } from "../fake/issuer.ts";
import type { FakeTokens } from "../fake/tokens.ts";

/** Something wrong with the login, the issuer, or what the backend thinks of the token. */
export interface CredentialRow {
  readonly fault: string;
  /** life of the access token in auth.json, in seconds; negative for one that has expired, which is the default */
  readonly expiresInSeconds?: number;
  /** lays out what issuer and backend do, before the first request */
  readonly lay: (issuer: FakeIssuer, backend: FakeBackend, tokens: FakeTokens, accessToken: string) => void;
  readonly status: number;
  readonly text: RegExp;
  /** requests to the token endpoint, and to the backend, at most, for one request of a client */
  readonly refreshes: number;
  readonly asks: number;
  /**
   * What the file holds afterwards: as it was, or the tokens of the issuer. "none": the login is an access token of the
   * environment, and there never is a file.
   */
  readonly file: "as it was" | "rotated" | "none";
  readonly log: string | undefined;
}
