import type { RefreshableAccess } from "../auth/access_source.ts";
import type { MemoryState } from "../conversations/memory_health.ts";
import { type Catalogue, findModel } from "../models/catalogue.ts";
import type { EndpointParts } from "../server/endpoint.ts";
import type { Observer } from "../server/observer.ts";
import type { UsageSource } from "../upstream/usage.ts";
import { accountLine } from "./account_line.ts";
import { clientTexts } from "./client_texts.ts";
import { proposedModel } from "./proposed_model.ts";
import type { WireParts } from "./wire_backend.ts";

/** What the page's routes need, and the end of the streams that follow it. */
export interface WiredPage extends Pick<EndpointParts, "page" | "newestRequest" | "pageStreamsEnd"> {
  /** Ends the streams: the program ends, or the settings have changed, and with them perhaps who may look. */
  readonly endStreams: () => void;
}

/** The page for people. */
export function wirePage(
  { settings, world }: WireParts,
  { access, usage, observer, memory, catalogue, isDemo }: {
    readonly access: RefreshableAccess;
    readonly usage: UsageSource;
    readonly observer: Observer;
    readonly memory: () => MemoryState;
    readonly catalogue: () => Catalogue;
    readonly isDemo: boolean;
  },
): WiredPage {
  let streams = new AbortController();
  return {
    page: async () => ({
      version: world.version,
      account: accountLine(await access.peek()),
      limits: usage.current(),
      memory: memory(),
      requests: observer.recent,
      clients(url, needsKey) {
        const model = proposedModel(catalogue(), settings());
        return clientTexts({
          url,
          key: needsKey ? "YOUR_KEY" : "",
          model,
          contextWindow: findModel(catalogue(), model)?.contextWindow,
          shell: world.os === "windows" ? "powershell" : "sh",
        });
      },
      isDemo,
      nowMs: world.now(),
      monotonicMs: world.monotonicMs(),
    }),
    newestRequest: () => observer.recent[0]?.note.id,
    pageStreamsEnd: () => streams.signal,
    endStreams() {
      streams.abort();
      streams = new AbortController();
    },
  };
}
