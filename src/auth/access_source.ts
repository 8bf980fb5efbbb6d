/** What a usable token is, and who gives one. */
import type { CredentialState } from "./credential_state.ts";
import type { RefreshReason } from "./token_request.ts";

/** A usable token and what goes with it into the headers of a request to the backend. */
export interface Access {
  readonly token: string;
  /** for `chatgpt-account-id` */
  readonly accountId: string | undefined;
  /** then `x-openai-fedramp: true` is sent */
  readonly fedramp: boolean;
  /** as the issuer spells it: `plus` */
  readonly plan: string | undefined;
  readonly expiresAtMs: number | undefined;
  /** where requests of this workspace go, when it is not the usual place (backend.md#workspace-routing) */
  readonly routing?: Routing;
  /** the backend refused the token when it was asked for the place: not given out, see access.ts */
  readonly refused?: true;
}

/** What `wham/accounts/check` says of an account that is bound to a place. */
export interface Routing {
  /** https origin instead of `https://chatgpt.com` */
  readonly backendOrigin?: string;
  /** for the header `x-openai-account-routing-override` */
  readonly override?: string;
}

/** Gives usable tokens. */
export interface AccessSource {
  /**
   * A usable token; refreshed first when it has 5 minutes or less. One refresh at a time.
   *
   * @throws Problem `no_credentials` or `refresh_failed`
   */
  get(): Promise<Access>;
  /**
   * After the backend answered 401 to `refused`: the file is read again and a new token there is used; else one
   * refresh, shared by all who wait. A token that is only seconds old is not replaced: not every node of the backend
   * knows it yet, so it comes back after a moment. It ends by itself: one refresh, and one wait for each token.
   *
   * @param refused what was given here before, the same object
   * @throws Problem `no_credentials`, `refresh_failed`, or `backend_error` when even a new token is refused
   */
  renew(refused: Access): Promise<Access>;
}

/** {@linkcode AccessSource} with all that is known of the login. */
export interface RefreshableAccess extends AccessSource {
  /**
   * The same for work that nobody waits for: it never refreshes where the new tokens cannot be saved.
   *
   * @throws Problem as the others
   */
  readonly whenSavable: AccessSource;
  /**
   * The account of the login, without any network (of an access token the issuer is asked once); undefined without a
   * login. Never throws.
   */
  accountId(): Promise<string | undefined>;
  /**
   * What is known without any network (of an access token the issuer is asked once): for status pages and readiness.
   * Never throws.
   */
  peek(): Promise<CredentialState>;
  /**
   * {@linkcode RefreshableAccess.peek} with a proof whether new tokens could be saved: a file is made next to the
   * credentials, and removed. Never throws.
   */
  inspect(): Promise<CredentialState>;
  /**
   * Refreshes now, whatever the token's age; only where the new tokens can be saved.
   *
   * @returns the new access and who refreshed: us, or another program meanwhile
   * @throws Problem `no_credentials` or `refresh_failed`
   */
  refresh(reason: RefreshReason): Promise<{ readonly access: Access; readonly from: "issuer" | "elsewhere" }>;
  /**
   * To be waited for before the process ends: settles when no refresh is under way, and tries once more to save what
   * is in memory only. A process that ends in the middle of a refresh may lose the rotated tokens, and the login with
   * them. Never throws.
   */
  idle(): Promise<void>;
}
