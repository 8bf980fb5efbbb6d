/** The device login of the fake issuer (backend.md#device-login). */
import { challengeOf, type Grants } from "./issuer_grants.ts";
import { FAKE_CLIENT_ID } from "./issuer_rules.ts";
import type { Script } from "./script.ts";
import { makeSecret } from "./tokens.ts";

/** What a poll can see. `pending_404` is the older way to say pending. */
export type DeviceState = "pending" | "pending_404" | "slow_down" | "denied" | "expired" | "approved";

/** Settings of the device login. */
export interface DeviceOptions {
  /** false: 404, as for a workspace that has not allowed it */
  readonly enabled?: boolean;
  /** seconds between polls, sent as text; "5" by default */
  readonly interval?: string;
  readonly expiresInSeconds?: number;
  /** the person has approved before the first poll */
  readonly approved?: boolean;
  /** the code under the name `usercode` instead of `user_code` */
  readonly alias?: boolean;
}

/** The two endpoints of the device login, and the person. */
export interface DeviceLogin {
  userCode(fields: Record<string, string>): Script;
  poll(fields: Record<string, string>): Promise<Script>;
  approve(): void;
  queue(...states: DeviceState[]): void;
  setEnabled(enabled: boolean): void;
}

/** A device login without a code yet. */
export function createDeviceLogin(
  options: DeviceOptions,
  grants: Grants,
  redirectUri: () => string,
): DeviceLogin {
  let enabled = options.enabled ?? true;
  let approved = options.approved ?? false;
  const queued: DeviceState[] = [];
  const codes = new Map<string, string>();
  const notFound: Script = { status: 404, body: { detail: "Not Found" } };
  const refuse = (status: number, code: string): Script => ({
    status,
    body: {
      error: { message: `Device authorization: ${code}`, type: "invalid_request_error", param: null, code },
    },
  });
  return {
    approve: () => void (approved = true),
    queue: (...states) => void queued.push(...states),
    setEnabled: (value) => void (enabled = value),
    userCode(fields) {
      if (!enabled || fields["client_id"] !== FAKE_CLIENT_ID) return notFound;
      const deviceAuthId = `deviceauth_${crypto.randomUUID().replaceAll("-", "")}`;
      const code = `ABCD-${String(12_345 + codes.size)}`;
      codes.set(deviceAuthId, code);
      const expiresAt = new Date(Date.now() + (options.expiresInSeconds ?? 900) * 1000).toISOString();
      return {
        body: {
          device_auth_id: deviceAuthId,
          [options.alias ? "usercode" : "user_code"]: code,
          interval: options.interval ?? "5",
          expires_at: expiresAt,
        },
      };
    },
    async poll(fields) {
      const id = fields["device_auth_id"] ?? "";
      if (!enabled || codes.get(id) !== fields["user_code"] || id === "") {
        return refuse(404, "deviceauth_authorization_unknown");
      }
      switch (queued.shift() ?? (approved ? "approved" : "pending")) {
        case "pending":
          return refuse(403, "deviceauth_authorization_pending");
        case "pending_404":
          return notFound;
        case "slow_down":
          return refuse(429, "slow_down");
        case "denied":
          return refuse(400, "access_denied");
        case "expired":
          return refuse(400, "expired_token");
        case "approved": {
          codes.delete(id);
          const verifier = makeSecret("verifier");
          const challenge = await challengeOf(verifier);
          return {
            body: {
              authorization_code: grants.makeCode(challenge, redirectUri()),
              code_challenge: challenge,
              code_verifier: verifier,
            },
          };
        }
      }
    },
  };
}
