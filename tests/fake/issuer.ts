/**
 * An issuer on loopback (auth.openai.com): browser login with PKCE, refresh with rotation, revocation and device
 * login and access tokens, as strict as backend.md#authorize-query, #code-exchange, #device-login, #refresh-rotation, #revoke. A browser
 * is a plain `fetch` of the authorize URL.
 */
import { type AccessTokens, createAccessTokens, WHOAMI } from "./issuer_access_tokens.ts";
import { createDeviceLogin, type DeviceOptions, type DeviceState } from "./issuer_device.ts";
import { createGrants, type Grants } from "./issuer_grants.ts";
import { refuseAuthorize } from "./issuer_rules.ts";
import { serveRaw } from "./http_server.ts";
import { createRequestBook } from "./request_book.ts";
import { type Answer, createGate, type Gate, play, type Recorded, type Script, scriptOf } from "./script.ts";
import { type FakeTokens, makeTokens, type TokenFacts } from "./tokens.ts";

/** A request that the issuer received. */
export interface IssuerRequest extends Recorded {
  /** the path: `/oauth/token` */
  readonly route: string;
  /** the fields of a form or JSON body */
  readonly fields: Record<string, string>;
}

/** Settings of {@linkcode startFakeIssuer}. */
export interface IssuerOptions {
  /** what the tokens state */
  readonly facts?: TokenFacts;
  /** callback ports besides 1455 and 1457; false by default, as only those two are registered */
  readonly anyPort?: boolean;
  readonly device?: DeviceOptions;
  /** how errors of the token endpoint look: flat as in RFC 6749, or nested as OpenAI's; "nested" by default */
  readonly errorShape?: "flat" | "nested";
  /** the clock of the `date` header runs ahead by this much */
  readonly dateSkewSeconds?: number;
}

/** A running fake issuer. */
export interface FakeIssuer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  readonly requests: IssuerRequest[];
  /** how many requests this route has had */
  count(route: string): number;
  /** the refresh requests among those of `/oauth/token` */
  refreshes(): IssuerRequest[];
  nextRequest(route: string): Promise<IssuerRequest>;
  /** queues the answer of one request on this route, before any check */
  answer(answer: Answer<IssuerRequest>, route: string): void;
  setDefault(answer: Answer<IssuerRequest> | undefined, route: string): void;
  gate(): Gate;
  /** the next authorize request goes back with this error, as when a person declines */
  denyNext(error: string, description?: string): void;
  /** tokens as a login would give; the issuer knows their refresh token */
  issue(facts?: TokenFacts): FakeTokens;
  /** every set of tokens that was given out, oldest first */
  readonly issued: FakeTokens[];
  /** this refresh token answers refresh_token_expired, refresh_token_reused or refresh_token_invalidated */
  spoil(refreshToken: string, reason: "expired" | "reused" | "invalidated"): void;
  /** refresh tokens that were revoked by the client */
  readonly revoked: string[];
  readonly device: DeviceControl;
  readonly accessTokens: Pick<AccessTokens, "make" | "end">;
  close(): Promise<void>;
}

/** How the test plays the person with the device code. */
export interface DeviceControl {
  /** the person approves the code, from the next poll on */
  approve(): void;
  /** the states that the next polls see, before anything else */
  queue(...states: DeviceState[]): void;
  setEnabled(enabled: boolean): void;
}

/** Starts a fake issuer on a free port of 127.0.0.1. */
export async function startFakeIssuer(options: IssuerOptions = {}): Promise<FakeIssuer> {
  const book = createRequestBook<IssuerRequest>();
  const issued: FakeTokens[] = [];
  const revoked: string[] = [];
  let denial: { error: string; description: string | undefined } | undefined;
  const issue = (facts?: TokenFacts) => {
    const tokens = makeTokens({ issuer: url(), ...options.facts, ...facts });
    grants.know(tokens.refresh_token);
    issued.push(tokens);
    return tokens;
  };
  const grants: Grants = createGrants({ issue, errorShape: options.errorShape ?? "nested" });
  const accessTokens = createAccessTokens();
  const device = createDeviceLogin(options.device ?? {}, grants, () => `${url()}/deviceauth/callback`);

  /** Answers the authorize page: straight back to the callback, as for a person who is signed in already. */
  function authorize(query: URLSearchParams): Script {
    const refusal = refuseAuthorize(query, options.anyPort ?? false);
    if (refusal !== undefined) {
      const body = `<html><body><h1>Authentication error</h1><p>${refusal}</p></body></html>`;
      return { status: 400, headers: { "content-type": "text/html" }, body };
    }
    const callback = new URL(query.get("redirect_uri") ?? "");
    callback.searchParams.set("state", query.get("state") ?? "");
    if (denial === undefined) {
      const code = grants.makeCode(query.get("code_challenge") ?? "", query.get("redirect_uri") ?? "");
      callback.searchParams.set("code", code);
      callback.searchParams.set("scope", query.get("scope") ?? "");
    } else {
      callback.searchParams.set("error", denial.error);
      if (denial.description !== undefined) {
        callback.searchParams.set("error_description", denial.description);
      }
      denial = undefined;
    }
    return { status: 302, headers: { location: callback.href }, body: "" };
  }

  async function ownAnswer(request: IssuerRequest): Promise<Script> {
    switch (`${request.method} ${request.route}`) {
      case "GET /oauth/authorize":
        return authorize(request.query);
      case "POST /oauth/token":
        return await grants.exchange(request.fields, request.headers["content-type"] ?? "");
      case "POST /oauth/revoke":
        if (!isJson(request)) return { status: 415, body: { error: "invalid_request" } };
        revoked.push(request.fields["token"] ?? "");
        grants.spoil(request.fields["token"] ?? "", "invalidated");
        return { body: {} };
      case "POST /api/accounts/deviceauth/usercode":
        return isJson(request)
          ? device.userCode(request.fields)
          : { status: 415, body: { detail: "JSON expected" } };
      case "POST /api/accounts/deviceauth/token":
        return isJson(request)
          ? await device.poll(request.fields)
          : { status: 415, body: { detail: "JSON expected" } };
      case `GET ${WHOAMI}`:
        return accessTokens.whoami(request);
      case "GET /codex/device":
        return {
          headers: { "content-type": "text/html" },
          body: "<html><body>Enter your code</body></html>",
        };
      default:
        return { status: 404, body: { detail: "Not Found" } };
    }
  }

  const server = await serveRaw(async (raw, exchange) => {
    const bodyText = new TextDecoder().decode(raw.body);
    const json = parse(bodyText);
    const request: IssuerRequest = {
      ...raw,
      route: raw.path,
      bodyText,
      json,
      fields: fieldsOf(raw.headers["content-type"] ?? "", bodyText, json),
      cancelled: exchange.cancelled,
      isCancelled: exchange.isCancelled,
    };
    book.add(request);
    const scripted = book.take(request.route);
    const script = scripted === undefined ? await ownAnswer(request) : await scriptOf(scripted, request);
    const date = new Date(Date.now() + (options.dateSkewSeconds ?? 0) * 1000).toUTCString();
    await play(script, exchange, { date, server: "cloudflare" });
  });
  const url = () => `http://127.0.0.1:${server.port}`;
  const close = () => server.close();
  return {
    url: url(),
    port: server.port,
    requests: book.requests,
    count: (route) => book.requests.filter((request) => request.route === route).length,
    refreshes: () => book.requests.filter(({ fields }) => fields["grant_type"] === "refresh_token"),
    nextRequest: book.nextRequest,
    answer: book.answer,
    setDefault: book.setDefault,
    gate: createGate,
    denyNext: (error, description) => void (denial = { error, description }),
    issue,
    issued,
    spoil: grants.spoil,
    revoked,
    device: { approve: device.approve, queue: device.queue, setEnabled: device.setEnabled },
    accessTokens,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function isJson(request: IssuerRequest): boolean {
  return (request.headers["content-type"] ?? "").startsWith("application/json");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fieldsOf(contentType: string, text: string, json: unknown): Record<string, string> {
  if (contentType.startsWith("application/x-www-form-urlencoded")) {
    return Object.fromEntries(new URLSearchParams(text));
  }
  if (typeof json !== "object" || json === null) return {};
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, `${value}`]));
}
