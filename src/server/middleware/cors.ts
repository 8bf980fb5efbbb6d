import { isLoopbackHost } from "../../config/loopback_host.ts";
import { Problem } from "../../problem.ts";
import { hostName } from "./host_check.ts";

/** The part of a request that says which page made it. */
export interface AskedBy {
  readonly method: string;
  readonly pathname: string;
  readonly headers: Headers;
}

/**
 * Judges where a request comes from. A page of another site may not use the user's subscription, so only origins in
 * `server.cors_origins` pass, and only they get CORS headers. Programs send neither `Origin` nor fetch metadata and
 * are not concerned. The proxy's own page (same host and port) passes too.
 *
 * Images, scripts, frames, links and forms that GET send no `Origin`, only `Sec-Fetch-Site`, which pages cannot set.
 * Another port of this machine is `same-site` there, so it counts as another site. All that other sites may do is
 * link to the page for people.
 *
 * @returns the headers to add to the answer
 * @throws Problem origin_refused
 * @see https://www.w3.org/TR/fetch-metadata/
 */
export function checkOrigin(
  { method, pathname, headers }: AskedBy,
  allowed: readonly string[],
): Record<string, string> {
  const origin = headers.get("origin");
  if (origin === null) {
    const site = headers.get("sec-fetch-site") ?? "none";
    if (site === "none" || site === "same-origin" || isLinkToPage(method, pathname, headers)) return {};
    throw new Problem(
      "origin_refused",
      `a page of another site asked (Sec-Fetch-Site: ${site.slice(0, 20)})`,
      {
        hint:
          "Open the address by hand, or list the page's origin in server.cors_origins and call it with fetch",
      },
    );
  }
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

/** A person followed a link: a whole window opens, whose content the other site cannot read, and nothing is done. */
function isLinkToPage(method: string, pathname: string, headers: Headers): boolean {
  return method === "GET" && pathname === "/" && headers.get("sec-fetch-mode") === "navigate" &&
    headers.get("sec-fetch-dest") === "document";
}

/** True when the page came from this very server: same loopback name and port. */
function isOwnOrigin(origin: string, host: string): boolean {
  const url = URL.parse(origin);
  const name = url === null ? undefined : hostName(url.host);
  return url !== null && url.protocol === "http:" && name !== undefined && isLoopbackHost(name) &&
    url.host === host;
}
