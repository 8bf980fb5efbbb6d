/** Headers in which the backend explains a refusal; `x-error-json` is base64 (backend.md#diagnostic-headers). */
const EXPLAINING: readonly string[] = ["x-error-json", "x-openai-authorization-error"];

/** Takes the secrets out of the headers of an answer that explain a refusal: they may quote the request. */
export function hideInHeaders(headers: Headers, hide: (text: string) => string): void {
  for (const name of EXPLAINING) {
    const value = headers.get(name);
    if (value === null) continue;
    const decoded = decodeBase64(value);
    headers.set(name, decoded !== undefined && hide(decoded) !== decoded ? "[hidden]" : hide(value));
  }
}

function decodeBase64(value: string): string | undefined {
  try {
    return atob(value);
  } catch {
    return undefined;
  }
}
