/** Signing in through a browser: on this machine, or anywhere with the final address pasted back. */
import { shortDurationText } from "../duration_text.ts";
import { ignore } from "../ignore.ts";
import { Problem } from "../problem.ts";
import { authorizeUrl, type RedirectHost, redirectUriOf } from "./authorize.ts";
import { type Arrival, type CallbackServer, startCallbackServer } from "./callback_server.ts";
import { finishLogin, type LoginOptions, type LoginResult } from "./finish_login.ts";
import { CALLBACK_PORTS, endpointsOf } from "./openai.ts";
import { judgePaste } from "./paste.ts";
import { opaqueText, pkceFrom, randomBytes, STATE_BYTES, VERIFIER_BYTES } from "./pkce.ts";
import { proveToSave } from "./save_login.ts";

/** What the login through a browser needs as well. */
export interface BrowserLoginOptions extends LoginOptions {
  /** opens the URL; undefined for `--no-browser` */
  readonly openUrl?: ((url: string) => Promise<boolean>) | undefined;
  /**
   * gives one pasted line, or undefined when there is no more; called again after a line that was no use. With it, a
   * login works also where the browser cannot come back (SSH, containers).
   */
  readonly readPaste?: ((signal: AbortSignal) => Promise<string | undefined>) | undefined;
  /**
   * false: nothing is read while a browser is open that can come back by itself. Standard input may be somebody
   * else's then. True unless told.
   */
  readonly pasteIfOpened?: boolean | undefined;
  /** `auth.redirect_host` */
  readonly redirectHost?: RedirectHost | undefined;
  /** `auth.login_timeout_seconds` */
  readonly timeoutMs?: number | undefined;
  /** for tests; only the default ones are registered with the issuer */
  readonly ports?: readonly number[] | undefined;
}

const DEFAULT_TIMEOUT_MS = 5 * 60_000;

/**
 * Signs in through a browser: on this machine, or anywhere with the final address pasted back.
 *
 * Both ways back are open at once when `readPaste` is given; then a machine without a free port can still sign in.
 *
 * @throws Problem `login_failed`, `port_busy`, `network`, `file`; the signal's reason
 */
export async function loginWithBrowser(options: BrowserLoginOptions): Promise<LoginResult> {
  await proveToSave(options.place, { write: options.writeBytes });
  const pkce = await pkceFrom(randomBytes(VERIFIER_BYTES));
  const state = opaqueText(randomBytes(STATE_BYTES));
  const end = new AbortController();
  const server = await listen(options, state);
  const port = server?.port ?? CALLBACK_PORTS[0] ?? 0;
  const redirectUri = redirectUriOf(options.redirectHost ?? "127.0.0.1", port);
  let finish: FoundCode["answer"];
  try {
    const endpoints = endpointsOf(options.issuer);
    const { originator } = options.identity;
    const { codeChallenge } = pkce;
    const { allowedWorkspaceIds } = options;
    const url = authorizeUrl(endpoints, {
      redirectUri,
      codeChallenge,
      state,
      originator,
      allowedWorkspaceIds,
    });
    const opened = await options.openUrl?.(url) ?? false;
    const isAlone = opened && server !== undefined && options.pasteIfOpened === false;
    const readPaste = isAlone ? undefined : options.readPaste;
    options.onEvent({ kind: "url", url, port: server?.port, opened, pasting: readPaste !== undefined });
    const found = await firstCode({ ...options, readPaste }, server, state, end.signal);
    finish = found.answer;
    const grant = { code: found.code, redirectUri, codeVerifier: pkce.codeVerifier };
    const result = await finishLogin(options, endpoints, grant);
    finish?.(undefined);
    return result;
  } catch (thrown) {
    finish?.(thrown);
    throw thrown;
  } finally {
    end.abort();
    await server?.close();
  }
}

interface FoundCode {
  readonly code: string;
  /** tells the waiting browser how it ended */
  readonly answer: ((thrown: unknown) => void) | undefined;
}

/** The listener, or undefined when all ports are taken and the answer can be pasted instead. */
async function listen(options: BrowserLoginOptions, state: string): Promise<CallbackServer | undefined> {
  try {
    const { ports, signal, sleep } = options;
    return await startCallbackServer({ state, ports, signal, sleep, fetch: options.fetch });
  } catch (thrown) {
    if (!(thrown instanceof Problem) || options.readPaste === undefined) throw thrown;
    options.onEvent({ kind: "no_listener", why: thrown.message });
    return undefined;
  }
}

/** Waits for the callback, the paste, the timeout or Ctrl-C, whichever is first. */
async function firstCode(
  options: BrowserLoginOptions,
  server: CallbackServer | undefined,
  state: string,
  end: AbortSignal,
): Promise<FoundCode> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const over = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const time = shortDurationText(timeoutMs);
    over.reject(new Problem("login_failed", `nobody finished the sign-in in the browser within ${time}`));
  }, timeoutMs);
  const abort = (): void => over.reject(options.signal?.reason);
  options.signal?.addEventListener("abort", abort);
  if (options.signal?.aborted === true) abort();
  const ways: Promise<FoundCode>[] = [over.promise];
  if (server !== undefined) ways.push(server.arrival.then(codeOf));
  if (options.readPaste !== undefined) ways.push(pastedCode(options, options.readPaste, state, end, server));
  try {
    return await Promise.race(ways);
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", abort);
  }
}

function codeOf(arrival: Arrival): FoundCode {
  switch (arrival.kind) {
    case "code":
      return {
        code: arrival.code,
        answer: (thrown) =>
          arrival.answer(
            thrown === undefined ? { kind: "success" } : {
              kind: "failed",
              detail: thrown instanceof Problem ? thrown.message : "The login was given up.",
            },
          ),
      };
    case "refused":
      throw new Problem("login_failed", arrival.detail);
    case "no_code":
      throw new Problem("login_failed", "the answer of the issuer has no authorization code");
    case "cancelled":
      throw new Problem(
        "login_failed",
        "another login on this machine asked for the port, so this one was cancelled",
      );
  }
}

async function pastedCode(
  options: BrowserLoginOptions,
  readPaste: (signal: AbortSignal) => Promise<string | undefined>,
  state: string,
  end: AbortSignal,
  server: CallbackServer | undefined,
): Promise<FoundCode> {
  for (;;) {
    const line = await readPaste(end);
    if (line === undefined) {
      // The end of the input is no answer: where the browser can come back, that way stays open.
      if (server !== undefined) return await new Promise<never>(ignore);
      throw new Problem("login_failed", "the input ended before a URL or a code was pasted");
    }
    const paste = judgePaste(line, state);
    switch (paste.kind) {
      case "code":
        return { code: paste.code, answer: undefined };
      case "refused":
        throw new Problem("login_failed", paste.detail);
      case "wrong_state":
        options.onEvent({
          kind: "bad_paste",
          why: "this URL belongs to another login: use the one printed here",
        });
        break;
      case "no_code":
        options.onEvent({ kind: "bad_paste", why: 'there is no "code" in it' });
        break;
      case "unusable":
        options.onEvent({ kind: "bad_paste", why: paste.why });
        break;
      default:
        paste satisfies never;
    }
  }
}
