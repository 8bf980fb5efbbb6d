import type { Settings } from "../config/settings.ts";
import { Problem } from "../problem.ts";
import type { Caller } from "./caller.ts";
import type { Work } from "./work.ts";

/** The places of requests whose answers are being made; one that is only being sent takes none. */
export interface Places {
  /** Takes one until the work is over; or says why there is none: too_many_requests. */
  take(caller: Caller, settings: Settings, work: Work): Problem | undefined;
}

/** All of them free: `limits.concurrent_requests` for everybody, and of these so many for each named key as it may have. */
export function createPlaces(): Places {
  let taken = 0;
  /** those of each named key */
  const takenBy = new Map<string, number>();

  return {
    take({ key, name, owner, limits }, settings, work) {
      const all = settings["limits.concurrent_requests"];
      if (taken >= all) return full(all, "requests are running");
      if (key !== undefined) {
        const own = takenBy.get(owner) ?? 0;
        const limit = limits.concurrentRequests;
        if (own >= limit) return full(limit, `requests of the key "${name}" are running`);
        takenBy.set(owner, own + 1);
        work.hold(() => {
          const left = (takenBy.get(owner) ?? 1) - 1;
          if (left > 0) takenBy.set(owner, left);
          else takenBy.delete(owner);
        });
      }
      taken++;
      work.hold(() => taken--);
      return undefined;
    },
  };
}

function full(limit: number, what: string): Problem {
  return new Problem("too_many_requests", `${limit} ${what}`, { headers: { "retry-after": "1" } });
}
