/** The login with a code typed on another device. */
import { Problem } from "../problem.ts";
import { numberAt, textAt } from "../wire/json.ts";
import { answerFix, describeAnswer, readOAuthAnswer } from "./oauth_answer.ts";
import { CLIENT_ID } from "./openai.ts";
import { type AskOptions, sendToIssuer } from "./send_to_issuer.ts";

/** What the issuer gives to start with. */
export interface DeviceCode {
  readonly deviceAuthId: string;
  /** what the person types, `ABCD-12345` */
  readonly userCode: string;
  readonly intervalMs: number;
  readonly expiresAtMs: number;
}

/** One answer to a poll. */
export type DevicePoll =
  /** the issuer supplies the PKCE verifier too (backend.md#device-pkce) */
  | { readonly kind: "code"; readonly code: string; readonly codeVerifier: string }
  | { readonly kind: "pending" }
  | { readonly kind: "slow_down" }
  /** the issuer could not answer; polling goes on */
  | { readonly kind: "unavailable"; readonly detail: string }
  | { readonly kind: "failed"; readonly detail: string };

/** A code is good for 15 minutes (backend.md#device-code-life). */
const DEVICE_LIFE_MS = 15 * 60_000;
const DEFAULT_INTERVAL_MS = 5_000;
const LONGEST_INTERVAL_MS = 60_000;
/** RFC 8628 section 3.5 */
const SLOW_DOWN_MS = 5_000;
const DEVICE_TIMEOUT_MS = 30_000;

/**
 * Asks for a code.
 *
 * @returns a Response to be given to {@linkcode processDeviceCode}
 * @throws Problem `network`
 * @see backend.md#device-login; https://www.rfc-editor.org/rfc/rfc8628#section-3.1
 */
export function deviceCodeRequest(options: AskOptions): Promise<Response> {
  return sendJson(options, options.endpoints.deviceUserCodeUrl, { client_id: CLIENT_ID });
}

/**
 * Judges the answer to {@linkcode deviceCodeRequest}. The interval comes as a string, the code under either of two
 * names, the expiry as a date or not at all (backend.md#device-code-answer).
 *
 * @throws Problem `login_failed`; a 404 means that this account or workspace has no device login
 */
export async function processDeviceCode(response: Response, nowMs: number): Promise<DeviceCode> {
  const answer = await readOAuthAnswer(response);
  if (answer.status === 404) {
    throw new Problem("login_failed", "the device login is not enabled for this account or workspace", {
      hint: 'Enable it in the security settings of ChatGPT, or run "ccproxy auth login-openai", with ' +
        '"--no-browser" on a machine without one',
    });
  }
  const json = answer.json ?? {};
  const deviceAuthId = textAt(json, "device_auth_id") ?? "";
  const userCode = textAt(json, "user_code") ?? textAt(json, "usercode") ?? "";
  if (answer.status !== 200 || deviceAuthId === "" || userCode === "") {
    const detail = answer.status === 200
      ? "the answer of the issuer has no device code"
      : describeAnswer(answer);
    throw new Problem("login_failed", detail, { hint: answerFix(answer) });
  }
  const seconds = numberAt(json, "interval") ?? Number(textAt(json, "interval") ?? Number.NaN);
  const stated = Date.parse(textAt(json, "expires_at") ?? "");
  // A clock that is off would make a stated expiry meaningless, so it is believed only within the documented life.
  const believed = stated > nowMs && stated < nowMs + DEVICE_LIFE_MS;
  return {
    deviceAuthId,
    userCode,
    intervalMs: seconds > 0 ? Math.min(seconds * 1000, LONGEST_INTERVAL_MS) : DEFAULT_INTERVAL_MS,
    expiresAtMs: believed ? stated : nowMs + DEVICE_LIFE_MS,
  };
}

/**
 * Asks whether the person has typed the code.
 *
 * @returns a Response to be given to {@linkcode processDevicePoll}
 * @throws Problem `network`
 */
function devicePollRequest(options: AskOptions, code: DeviceCode): Promise<Response> {
  const body = { device_auth_id: code.deviceAuthId, user_code: code.userCode };
  return sendJson(options, options.endpoints.deviceTokenUrl, body);
}

/**
 * Judges the answer to {@linkcode devicePollRequest}. Never throws. 403 and 404 mean "not yet" unless they carry a
 * final error code.
 *
 * @see backend.md#device-poll; https://www.rfc-editor.org/rfc/rfc8628#section-3.5
 */
export async function processDevicePoll(response: Response): Promise<DevicePoll> {
  const answer = await readOAuthAnswer(response);
  const code = answer.error?.code ?? "";
  if (answer.status === 200 && answer.json !== undefined) {
    const authorizationCode = textAt(answer.json, "authorization_code") ?? "";
    const codeVerifier = textAt(answer.json, "code_verifier") ?? "";
    if (authorizationCode !== "" && codeVerifier !== "") {
      return { kind: "code", code: authorizationCode, codeVerifier };
    }
    return { kind: "failed", detail: "the answer of the issuer has no authorization code" };
  }
  // Neither "not yet" nor a refusal of the issuer's: it did not get the question.
  if (answer.challenge) return { kind: "unavailable", detail: describeAnswer(answer) };
  if (code === "slow_down" || answer.status === 429) return { kind: "slow_down" };
  if (code === "expired_token" || code === "deviceauth_expired") {
    return { kind: "failed", detail: "the code has expired" };
  }
  if (code === "access_denied") return { kind: "failed", detail: "the sign-in was refused" };
  const pending = code.endsWith("authorization_pending") || code.endsWith("authorization_unknown");
  if (pending || answer.status === 403 || answer.status === 404) return { kind: "pending" };
  if (answer.status >= 500) return { kind: "unavailable", detail: describeAnswer(answer) };
  return { kind: "failed", detail: describeAnswer(answer) };
}

/** When to ask next. */
export interface PollPlan {
  /** interval from now on */
  readonly intervalMs: number;
  /** undefined: it is too late for another poll */
  readonly waitMs: number | undefined;
}

/**
 * The plan after an answer: `slow_down` lengthens the interval by 5 s for good (RFC 8628 section 3.5); a poll that
 * would come after the expiry is not made. Pure.
 */
export function nextPoll(
  state: { readonly intervalMs: number; readonly expiresAtMs: number },
  poll: DevicePoll["kind"] | "first",
  nowMs: number,
): PollPlan {
  const intervalMs = poll === "slow_down" ? state.intervalMs + SLOW_DOWN_MS : state.intervalMs;
  return { intervalMs, waitMs: nowMs + intervalMs >= state.expiresAtMs ? undefined : intervalMs };
}

/**
 * Polls until the person has typed the code.
 *
 * @param world.sleep waits, and ends with the signal's reason
 * @throws Problem `login_failed` when the code expires or the login is refused; the signal's reason
 */
export async function awaitDeviceCode(
  options: AskOptions,
  code: DeviceCode,
  world: {
    readonly now: () => number;
    readonly sleep: (ms: number) => Promise<void>;
    /** told why a poll got no answer, once for each reason in a row */
    readonly onUnavailable?: (detail: string) => void;
  },
): Promise<{ readonly code: string; readonly codeVerifier: string }> {
  let last: DevicePoll["kind"] | "first" = "first";
  let { intervalMs } = code;
  /** why the last poll got no answer */
  let silence: string | undefined;
  for (;;) {
    const plan = nextPoll({ intervalMs, expiresAtMs: code.expiresAtMs }, last, world.now());
    if (plan.waitMs === undefined) {
      const why = silence === undefined ? "" : `; the last poll got no answer: ${silence}`;
      throw new Problem("login_failed", `the code has expired before it was entered${why}`, {
        hint: 'Run "ccproxy auth login-openai --device" again for a new code',
      });
    }
    intervalMs = plan.intervalMs;
    await world.sleep(plan.waitMs);
    const poll = await pollOnce(options, code);
    if (poll.kind === "code") return poll;
    if (poll.kind === "failed") throw new Problem("login_failed", poll.detail);
    if (poll.kind === "unavailable" && poll.detail !== silence) world.onUnavailable?.(poll.detail);
    silence = poll.kind === "unavailable" ? poll.detail : undefined;
    last = poll.kind;
  }
}

/** A poll that got lost in the network is no reason to give the login up. */
async function pollOnce(options: AskOptions, code: DeviceCode): Promise<DevicePoll> {
  try {
    return await processDevicePoll(await devicePollRequest(options, code));
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    return { kind: "unavailable", detail: thrown.detail ?? thrown.message };
  }
}

function sendJson(options: AskOptions, url: string, body: unknown): Promise<Response> {
  return sendToIssuer(
    options,
    url,
    DEVICE_TIMEOUT_MS,
    { "content-type": "application/json" },
    JSON.stringify(body),
  );
}
