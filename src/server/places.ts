import { Problem } from "../problem.ts";
import type { Caller } from "./caller.ts";
import type { Work } from "./work.ts";

/** Places of requests to the backend: of all of them, and of each named key. */
export interface Places {
  /**
   * Takes a place until the work is over.
   *
   * @param limit `limits.concurrent_requests`
   * @returns why there is none
   */
  take(caller: Caller, limit: number, work: Work): Problem | undefined;
}

/** All places free. An answer that is only being sent takes none. */
export function createPlaces(): Places {
  let all = 0;
  const ofKeys = new Map<string, number>();

  function move(owner: string, by: 1 | -1): void {
    const count = (ofKeys.get(owner) ?? 0) + by;
    if (count > 0) ofKeys.set(owner, count);
    else ofKeys.delete(owner);
  }

  return {
    take({ key, name, owner, limits }, limit, work) {
      if (all >= limit) return tooMany(`${limit} requests are running`);
      if (key !== undefined) {
        const { concurrentRequests } = limits;
        if ((ofKeys.get(owner) ?? 0) >= concurrentRequests) {
          return tooMany(`${concurrentRequests} requests of the key "${name}" are running`);
        }
        move(owner, 1);
        work.hold(() => move(owner, -1));
      }
      all++;
      work.hold(() => all--);
      return undefined;
    },
  };
}

function tooMany(detail: string): Problem {
  return new Problem("too_many_requests", detail, { headers: { "retry-after": "1" } });
}
