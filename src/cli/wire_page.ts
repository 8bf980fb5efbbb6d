import type { RefreshableAccess } from "../auth/access_source.ts";
import { findModel } from "../models/catalogue.ts";
import type { LiveCatalogue } from "../models/live.ts";
import type { EndpointParts } from "../server/endpoint.ts";
import type { KeyRing } from "../server/keys/key_ring.ts";
import type { Observer } from "../server/observer.ts";
import type { UsageSource } from "../upstream/usage.ts";
import { accountLine } from "./account_line.ts";
import { clientTexts } from "./client_texts.ts";
import { proposedModel } from "./proposed_model.ts";
import type { WireParts } from "./wire_backend.ts";
import type { WiredMemory } from "./wire_memory.ts";
import type { WiredUpstream } from "./wire_upstream.ts";

/** What the page's routes need, and the end of the streams that follow it. */
export interface WiredPage extends Pick<EndpointParts, "page" | "newestRequest" | "pageStreamsEnd"> {
  /** Ends the streams that are open: the settings have changed, and with them perhaps who may look. */
  readonly restart: () => void;
  /** Ends the streams that are open, and every one that is opened from now on: the program ends. */
  readonly end: () => void;
}

/** The page for people. */
export function wirePage(
  { settings, world, demo }: WireParts & { readonly demo?: unknown },
  { access, kept, keys, usage, observer, way, catalogue }: {
    readonly access: RefreshableAccess;
    readonly usage: UsageSource;
    readonly observer: Observer;
    readonly way: Pick<WiredUpstream, "fallbackReason">;
    readonly kept: Pick<WiredMemory, "health">;
    readonly keys: Pick<KeyRing, "list">;
    readonly catalogue: Pick<LiveCatalogue, "current">;
  },
): WiredPage {
  const ended = new AbortController();
  let round = new AbortController();
  return {
    page: async () => ({
      version: world.version,
      account: accountLine(await access.peek()),
      limits: usage.current(),
      memory: kept.health.state(),
      // The page itself says that the memory is out of reach.
      keys: await keys.list().catch(() => undefined),
      postReason: way.fallbackReason(),
      requests: observer.recent,
      clients(url, needsKey) {
        const models = catalogue.current();
        const model = proposedModel(models, settings());
        return clientTexts({
          url,
          // Shorter than anything that the masking takes for a key behind "Bearer".
          key: needsKey ? "MY_KEY" : "",
          model,
          contextWindow: findModel(models, model)?.contextWindow,
          shell: world.os === "windows" ? "powershell" : "sh",
        });
      },
      isDemo: demo !== undefined,
      nowMs: world.now(),
      monotonicMs: world.monotonicMs(),
    }),
    newestRequest: () => observer.recent[0]?.note.id,
    pageStreamsEnd: () => AbortSignal.any([ended.signal, round.signal]),
    restart() {
      round.abort();
      round = new AbortController();
    },
    end: () => ended.abort(),
  };
}
