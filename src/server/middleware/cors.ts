import { isLoopbackHost } from "../../config/loopback_host.ts";
import { Problem } from "../../problem.ts";
import { hostName } from "./host_check.ts";

/**
 * Judges the `Origin` of a request. A page of another site may not use the user's subscription, so only origins in
 * `server.cors_origins` pass, and only they get CORS headers. Programs send no Origin and are not concerned. The
 * proxy's own page (same host and port) passes too.
 *
 * @returns the headers to add to the answer
 * @throws Problem origin_refused
 */
export function checkOrigin(headers: Headers, allowed: readonly string[]): Record<string, string> {
  const origin = headers.get("origin");
  if (origin === null) return {};
  if (allowed.includes(origin)) {
    return {
      "access-control-allow-origin": origin,
      "access-control-expose-headers": "*",
      vary: "Origin",
    };
  }
  if (isOwnOrigin(origin, headers.get("host") ?? "")) return {};
  throw new Problem("origin_refused", `found ${JSON.stringify(origin.slice(0, 100))}`);
}

/** The answer to a preflight of a listed origin. */
export function preflightResponse(request: Request, cors: Record<string, string>): Response {
  return new Response(null, {
    status: 204,
    headers: {
      ...cors,
      "access-control-allow-methods": "GET, POST, DELETE",
      "access-control-allow-headers": request.headers.get("access-control-request-headers") ?? "*",
      "access-control-max-age": "600",
    },
  });
}

/** True when the page came from this very server: same loopback name and port. */
function isOwnOrigin(origin: string, host: string): boolean {
  const url = URL.parse(origin);
  const name = url === null ? undefined : hostName(url.host);
  return url !== null && url.protocol === "http:" && name !== undefined && isLoopbackHost(name) &&
    url.host === host;
}
