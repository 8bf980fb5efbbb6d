/** What both fakes keep: the requests that came, and the answers that the test has laid out for each route. */
import type { Answer } from "./script.ts";

/** Requests and scripted answers, by route. */
export interface RequestBook<Request extends { readonly route: string }> {
  readonly requests: Request[];
  /** the next request on this route that was not handed out yet; waits for it */
  nextRequest(route: string): Promise<Request>;
  /** queues the answer of one request on this route */
  answer(answer: Answer<Request>, route: string): void;
  /** the answer while the queue is empty; undefined goes back to the fake's own */
  setDefault(answer: Answer<Request> | undefined, route: string): void;
  /** adds a request and wakes who waits for one */
  add(request: Request): void;
  /** takes the answer for a request; undefined when the test has laid out none */
  take(route: string): Answer<Request> | undefined;
}

/** An empty book. */
export function createRequestBook<Request extends { readonly route: string }>(): RequestBook<Request> {
  const requests: Request[] = [];
  const handedOut = new Set<Request>();
  const queues = new Map<string, Answer<Request>[]>();
  const defaults = new Map<string, Answer<Request>>();
  let arrival = Promise.withResolvers<void>();
  return {
    requests,
    async nextRequest(route) {
      for (;;) {
        const found = requests.find((request) => request.route === route && !handedOut.has(request));
        if (found !== undefined) {
          handedOut.add(found);
          return found;
        }
        await arrival.promise;
      }
    },
    answer: (answer, route) => void queues.set(route, [...queues.get(route) ?? [], answer]),
    setDefault(answer, route) {
      if (answer === undefined) defaults.delete(route);
      else defaults.set(route, answer);
    },
    add(request) {
      requests.push(request);
      arrival.resolve();
      arrival = Promise.withResolvers<void>();
    },
    take: (route) => queues.get(route)?.shift() ?? defaults.get(route),
  };
}
