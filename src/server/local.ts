import type { Settings } from "../config/settings.ts";
import type { Catalogue } from "../models/catalogue.ts";
import { Problem } from "../problem.ts";
import type { Limits } from "../upstream/rate_limits.ts";
import type { RequestNote } from "./note.ts";
import type { Route } from "./routes.ts";
import type { ServerProof } from "./server_proof.ts";
import { healthResponse, type Readiness, readyResponse } from "./endpoints/health.ts";
import { pageResponse, type PageView } from "./endpoints/page.ts";
import { usageResponse } from "./endpoints/usage.ts";
import { modelListResponse, modelResponse } from "./endpoints/models.ts";

/** What the endpoints that ccproxy answers by itself need. */
export interface LocalParts {
  readonly settings: () => Settings;
  readonly catalogue: () => Catalogue;
  /** who this server is, to the user whose it is; undefined when the nonce is none, or there is no secret */
  readonly prove: (nonce: string) => Promise<ServerProof | undefined>;
  readonly readiness: () => Promise<Readiness>;
  /** @throws Problem when nothing is known and nothing can be asked */
  readonly limits: () => Promise<Limits>;
  readonly metrics: () => string;
  /** takes the secrets out of what the page and the readiness say */
  readonly hide: (text: string) => string;
  /** what the page shows, without the address the browser used */
  readonly page: () => Promise<Omit<PageView, "url">>;
  readonly nowMs: () => number;
  /** the resources that the memory serves; undefined for other routes */
  readonly remembered: (request: Request, route: Route) => Promise<Response | undefined>;
}

/** Answers the routes that need no model. @throws Problem */
export function createLocal(
  parts: LocalParts,
): (request: Request, route: Route, note: RequestNote) => Promise<Response> {
  return async (request, route) => {
    const { endpoint } = route;
    const models = () => {
      const settings = parts.settings();
      if (!settings["codex.enabled"]) throw new Problem("provider_disabled");
      return {
        catalogue: parts.catalogue(),
        outputFallback: settings["codex.max_output_tokens_fallback"],
        names: { defaultModel: settings["codex.default_model"], aliases: settings["codex.model_aliases"] },
      };
    };
    switch (endpoint.kind) {
      case "health":
        return healthResponse(await parts.prove(new URL(request.url).searchParams.get("nonce") ?? ""));
      case "ready":
        return readyResponse(await parts.readiness(), parts.hide);
      case "usage":
        return usageResponse(await parts.limits(), parts.nowMs());
      case "page":
        return pageResponse({ ...await parts.page(), url: new URL(request.url).origin }, parts.hide);
      case "metrics":
        return new Response(parts.hide(parts.metrics()), {
          headers: { "content-type": "text/plain; version=0.0.4" },
        });
      case "models":
        return await modelListResponse(request, models());
      case "model":
        return modelResponse(endpoint.id, models());
      default: {
        const answer = await parts.remembered(request, route);
        if (answer === undefined) throw new Problem("not_found");
        return answer;
      }
    }
  };
}
