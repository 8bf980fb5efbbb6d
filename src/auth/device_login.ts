/** Signing in with a code that is typed on another device. */
import { pause } from "../pause.ts";
import { awaitDeviceCode, deviceCodeRequest, processDeviceCode } from "./device.ts";
import { askOf, finishLogin, type LoginOptions, type LoginResult } from "./finish_login.ts";
import { endpointsOf } from "./openai.ts";
import { proveToSave } from "./save_login.ts";

/**
 * Signs in with a code that is typed on another device.
 *
 * @throws Problem `login_failed`, `network`, `file`; the signal's reason
 */
export async function loginWithDevice(options: LoginOptions): Promise<LoginResult> {
  await proveToSave(options.place, { write: options.writeBytes });
  const endpoints = endpointsOf(options.issuer);
  const ask = askOf(options, endpoints);
  const now = options.now ?? Date.now;
  const code = await processDeviceCode(await deviceCodeRequest(ask), now());
  const { userCode, expiresAtMs } = code;
  options.onEvent({ kind: "device_code", userCode, verifyUrl: endpoints.deviceVerifyUrl, expiresAtMs });
  const sleep = options.sleep ?? ((ms: number): Promise<void> => pause(ms, options.signal));
  const onUnavailable = (detail: string): void =>
    options.onEvent({
      kind: "warning",
      message: `no answer to "is it entered?" yet: ${detail}; still trying`,
    });
  const granted = await awaitDeviceCode(ask, code, { now, sleep, onUnavailable });
  return await finishLogin(options, endpoints, {
    ...granted,
    redirectUri: endpoints.deviceRedirectUri,
  });
}
