/** The login without a listener: a person pastes what the browser's address bar shows in the end. Pure. */
import { type Callback, judgeCallback } from "./authorize.ts";

/** The judgement on a pasted text; `unusable` asks for another paste, and says why. */
export type Paste = Callback | { readonly kind: "unusable"; readonly why: string };

/** A code is short and has no blanks; a longer paste is something else. */
const CODE_LIMIT = 4096;

/**
 * Judges a pasted redirect URL, its query alone, or the bare code.
 *
 * A URL or a query must carry our state. A bare code cannot carry one; the exchange still binds it to this login,
 * because the issuer takes it only together with our PKCE verifier.
 *
 * @param text one line, as it was typed
 */
export function judgePaste(text: string, state: string): Paste {
  const line = text.trim().replace(/^["'<]+|["'>]+$/g, "");
  if (line === "") return { kind: "unusable", why: "nothing was pasted" };
  if (line.length > CODE_LIMIT) return { kind: "unusable", why: "the pasted text is too long" };
  const query = queryOf(line);
  if (query !== undefined) {
    const callback = judgeCallback(query, state);
    if (callback.kind === "no_code") {
      return { kind: "unusable", why: 'the pasted URL has no "code": copy it after you have signed in' };
    }
    return callback;
  }
  if (/\s/.test(line)) {
    return { kind: "unusable", why: "this is neither a URL nor a code: paste the whole address line" };
  }
  // Some pages show "code#state".
  const [code = "", pastedState] = line.split("#", 2);
  if (pastedState !== undefined && pastedState !== state) return { kind: "wrong_state" };
  if (!/^[\w.~+/=-]{6,}$/.test(code)) {
    return { kind: "unusable", why: "this is neither a URL nor a code: paste the whole address line" };
  }
  return { kind: "code", code };
}

function queryOf(line: string): URLSearchParams | undefined {
  if (/^[a-z]+:\/\//i.test(line)) {
    return URL.canParse(line) ? new URL(line).searchParams : new URLSearchParams();
  }
  if (/^\??(code|state|error)=/.test(line)) return new URLSearchParams(line.replace(/^\?/, ""));
  if (/^(127\.0\.0\.1|localhost):\d+\//.test(line)) return new URL(`http://${line}`).searchParams;
  return undefined;
}
