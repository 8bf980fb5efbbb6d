/** Checks of the way to the two hosts, and of what the backend gives to this login. */
import { BOUNDS } from "../../bounds.ts";
import { readTextLimited } from "../../read_limited.ts";
import { describeSkew } from "../../auth/freshness.ts";
import { connectFault } from "../../config/connect_fault.ts";
import { proxyOf } from "../../config/proxy_of.ts";
import { readCatalogue } from "../../models/catalogue.ts";
import { Problem } from "../../problem.ts";
import { isChallenge, readRefusal, toUpstreamProblem } from "../../upstream/errors.ts";
import { modelsUrl, readAnswerText } from "../../upstream/get.ts";
import { isRecord, listAt, parseJson, recordAt, textAt } from "../../wire/json.ts";
import { assemble } from "../assemble.ts";
import type { Context } from "../context.ts";
import { placeOf } from "../place.ts";
import type { World } from "../world.ts";
import type { Finding } from "./finding.ts";

const TIMEOUT_MS = 10_000;

/** What a host check found, and how far the host's clock is ahead of ours. */
export interface HostFinding {
  readonly finding: Finding;
  readonly skewMs: number | undefined;
}

/** Whether a host answers at all: name, connection, certificate and HTTP, told apart by what went wrong first. */
export async function checkHost(
  world: World,
  check: "backend" | "issuer",
  url: string,
): Promise<HostFinding> {
  const { host } = new URL(url);
  const common = { check, title: check === "backend" ? "Backend" : "Issuer" } as const;
  const proxy = proxyOf(new URL(url), placeOf(world).env);
  // Without its credentials.
  const way = proxy === undefined
    ? ""
    : ` through the proxy ${URL.parse(proxy)?.host ?? "of the environment"}`;
  const atMs = world.now();
  try {
    const response = await world.fetch(url, {
      headers: { accept: "application/json" },
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const refusal = await readRefusal(response);
    const date = Date.parse(refusal.headers.get("date") ?? "");
    const skewMs = Number.isNaN(date) ? undefined : date - Math.round((atMs + world.now()) / 2);
    if (isChallenge(refusal)) {
      return {
        skewMs,
        finding: {
          ...common,
          status: "fail",
          detail: `${host}${way} answers with a Cloudflare browser check instead of the API`,
          fix: "Try from another network, or set HTTPS_PROXY; this is no problem of the login",
          exitCode: 4,
        },
      };
    }
    const bad = refusal.status >= 500;
    return {
      skewMs,
      finding: {
        ...common,
        status: bad ? "warn" : "ok",
        detail: `${host} answers${way} (HTTP ${refusal.status})`,
        ...(bad ? { fix: "Wait: the service has a fault of its own; see https://status.openai.com" } : {}),
      },
    };
  } catch (thrown) {
    const { fault, fix } = connectFault(thrown, new URL(url), TIMEOUT_MS);
    return {
      skewMs: undefined,
      finding: { ...common, status: "fail", detail: `${host}${way}: ${fault}`, fix, exitCode: 4 },
    };
  }
}

/** The clock, by the dates of the answers. */
export function checkClock(skews: readonly (number | undefined)[]): Finding {
  const common = { check: "clock", title: "Clock" } as const;
  const known = skews.filter((skew) => skew !== undefined);
  const [skewMs] = known;
  if (skewMs === undefined) return { ...common, status: "skip", detail: "no host told its time" };
  const fault = describeSkew(skewMs);
  if (fault === undefined) return { ...common, status: "ok", detail: "agrees with the hosts" };
  return {
    ...common,
    status: "fail",
    detail: fault.replace(/; set it right$/, ""),
    fix: "Set the clock, best by NTP: tokens look expired, or not yet valid, under a wrong one",
  };
}

/** Whether the backend gives this login its models. */
export async function checkCatalogue(context: Context, nowMs: number): Promise<Finding> {
  const common = { check: "catalogue", title: "Models" } as const;
  try {
    const response = await context.get(modelsUrl(context.baseUrl, context.identity.version));
    if (!response.ok) throw toUpstreamProblem(await readRefusal(response), nowMs);
    const models = readCatalogue(parseJson(await readAnswerText(response, BOUNDS.catalogue)))?.models ??
      [];
    const listed = models.filter((model) => model.visibility === "list").length;
    if (listed > 0) return { ...common, status: "ok", detail: `${listed} models for this account` };
    return {
      ...common,
      status: "fail",
      detail: "the backend gives this account no model",
      fix: 'Look at the plan: "ccproxy auth openai-info"',
    };
  } catch (thrown) {
    return problemFinding(common, thrown);
  }
}

/** One word through everything: the program as "serve" runs it, without a port. */
export async function checkRoundTrip(world: World, context: Context): Promise<Finding> {
  const common = { check: "live", title: "Round trip" } as const;
  try {
    // Asked beforehand, so that nothing of it goes on in the background when the round trip is over.
    await context.routing.check(await context.access.get());
    const settings = () => context.settings;
    const program = await assemble({
      settings,
      place: context.place,
      world,
      log: () => {},
      holdsUnsaved: false,
    });
    const sent = Promise.withResolvers<void>();
    try {
      const startedMs = world.monotonicMs();
      const response = await program.app(roundTripRequest(context), { completed: sent.promise });
      const body = parseJson(await readTextLimited(response.body, BOUNDS.answer));
      const record = isRecord(body) ? body : {};
      if (!response.ok) {
        const message = textAt(recordAt(record, "error") ?? {}, "message") ?? `HTTP ${response.status}`;
        const needsLogin = response.status === 401;
        return {
          ...common,
          status: "fail",
          detail: message,
          fix: needsLogin
            ? "ccproxy auth login-openai --force"
            : "See the message; the checks above may say more",
          exitCode: needsLogin ? 3 : response.status >= 500 ? 4 : 1,
        };
      }
      const [choice] = listAt(record, "choices") ?? [];
      const text = isRecord(choice) ? textAt(recordAt(choice, "message") ?? {}, "content") : undefined;
      const model = response.headers.get("x-ccproxy-model") ?? textAt(record, "model");
      return {
        ...common,
        status: "ok",
        detail: `${JSON.stringify((text ?? "").trim().slice(0, 40))} from ${
          model ?? "the default model"
        } after ${((world.monotonicMs() - startedMs) / 1000).toFixed(1)} s`,
      };
    } finally {
      sent.resolve();
      await program.stop();
      await program.access.idle();
    }
  } catch (thrown) {
    return problemFinding(common, thrown);
  }
}

function roundTripRequest({ settings }: Context): Request {
  const key = settings["server.api_key"];
  return new Request("http://127.0.0.1/codex/v1/chat/completions", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "host": "127.0.0.1",
      ...(key === "" ? {} : { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify({
      store: false,
      reasoning_effort: "low",
      messages: [{ role: "user", content: "Answer with the single word: pong" }],
    }),
  });
}

function problemFinding(common: Pick<Finding, "check" | "title">, thrown: unknown): Finding {
  if (!(thrown instanceof Problem)) throw thrown;
  const { message, hint, exitCode } = thrown;
  return { ...common, status: "fail", detail: message, fix: hint, exitCode: exitCode === 0 ? 1 : exitCode };
}
