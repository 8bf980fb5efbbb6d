/**
 * Who the program says it is; the backend wants `originator` and `user-agent` to agree
 * (backend.md#first-party-identity). Of the requests for tokens only the refresh carries it, as with the vendor's
 * client.
 */
export interface ClientIdentity {
  readonly originator: string;
  readonly userAgent: string;
  readonly version: string;
}
