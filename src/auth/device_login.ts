/** Signing in with a code that is typed on another device. */
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
  const granted = await awaitDeviceCode(ask, code, { now, sleep });
  return await finishLogin(options, endpoints, {
    ...granted,
    redirectUri: endpoints.deviceRedirectUri,
  });
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = (): void => {
    clearTimeout(timer);
    reject(signal?.reason);
  };
  const timer = setTimeout(() => {
    signal?.removeEventListener("abort", abort);
    resolve();
  }, ms);
  if (signal?.aborted === true) abort();
  else signal?.addEventListener("abort", abort, { once: true });
  return promise;
}
