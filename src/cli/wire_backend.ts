import { type AccessOptions, createAccess } from "../auth/access.ts";
import type { Access, RefreshableAccess } from "../auth/access_source.ts";
import { type AccountRouting, createAccountRouting, isPersonal } from "../auth/accounts_check.ts";
import { type CredentialPlace, environmentPlace } from "../auth/credential_place.ts";
import { cacheDirectory, credentialsFile, type Place, stateDirectory, whereKnown } from "../config/paths.ts";
import type { Settings } from "../config/settings.ts";
import type { Log } from "../log.ts";
import type { Model } from "../models/catalogue.ts";
import { createCatalogue, type LiveCatalogue } from "../models/live.ts";
import { clientVersion, ORIGINATOR, readCodexVersion, userAgent } from "../upstream/client_identity.ts";
import { type BackendGet, baseUrlOf, createBackendGet, modelsUrl } from "../upstream/get.ts";
import type { ClientIdentity } from "../wire/client_identity.ts";
import type { World } from "./world.ts";

/** What the program's parts are made from, in a server and in a command. */
export interface WireParts {
  readonly settings: () => Settings;
  readonly place: Place;
  readonly world: World;
  readonly log: Log;
}

/** What a server and a command do differently with the login. */
export interface LoginManner extends Pick<AccessOptions, "holdsUnsaved" | "onUnsavable" | "whileRefreshing"> {
  /** a command does not start what it does not wait for: the check of a personal account runs in the background */
  readonly routesPersonal: boolean;
  /** of `serve --demo`: no login is looked for, and the list of models is kept nowhere */
  readonly inPlaceOfLogin?: RefreshableAccess | undefined;
}

/** The login, and the backend behind it. Making it reads nothing. */
export interface Backend {
  /** `codex.base_url` without a slash at its end */
  readonly baseUrl: () => string;
  readonly credentials: CredentialPlace;
  /** who the proxy is at the backend; a caller's own newer version counts, and the least that a model asks for */
  readonly identity: (settings: Settings, client?: Headers, model?: Model) => ClientIdentity;
  readonly routing: AccountRouting;
  readonly access: RefreshableAccess;
  /** a GET to the backend with the login */
  readonly get: BackendGet;
  readonly catalogue: LiveCatalogue;
  /** the file of the catalogue that was fetched last; undefined where it can have no place */
  readonly cacheFile: string | undefined;
}

/** GETs for models and usage are small, and a person waits for them. */
const GET_TIMEOUT_MS = 30_000;

/** Puts together what reaches the backend with the login of this user. */
export function wireBackend({ settings, place, world, log }: WireParts, login: LoginManner): Backend {
  const baseUrl = () => baseUrlOf(settings());

  function identity(now: Settings, client?: Headers, model?: Model): ClientIdentity {
    const version = clientVersion({
      setting: now["codex.client_version"],
      callerVersion: client && readCodexVersion(client),
      minimal: model?.minimalClientVersion,
    });
    const system = { os: world.os, arch: Deno.build.arch };
    return { originator: ORIGINATOR, version, userAgent: userAgent(ORIGINATOR, version, system) };
  }

  const shared = { identity: identity(settings()), fetch: world.fetch, now: () => world.now(), log };
  const routing = createAccountRouting({
    ...shared,
    backendBaseUrl: baseUrl(),
    file: whereKnown(() => `${stateDirectory(place)}/accounts.json`),
  });
  const { routesPersonal, inPlaceOfLogin, ...manner } = login;
  const credentials = inPlaceOfLogin === undefined ? credentialPlace(place, settings()) : NO_LOGIN;
  const access = inPlaceOfLogin ?? createAccess({
    ...shared,
    ...manner,
    learn: world.secrets.learn,
    place: credentials,
    issuer: settings()["auth.issuer"],
    sleep: (ms) => world.sleep(ms),
    routingOf: (found: Access) =>
      routesPersonal || !isPersonal(found.plan) ? routing.routingOf(found) : Promise.resolve(undefined),
  });
  const get = createBackendGet({
    access: access.whenSavable,
    fetch: world.fetch,
    identity: () => identity(settings()),
    timeoutMs: GET_TIMEOUT_MS,
  });
  const version = () => identity(settings()).version;
  const cacheFile = whereKnown(() => `${cacheDirectory(place)}/models.json`);
  const catalogue = createCatalogue({
    fetchModels: (etag, signal) => get(modelsUrl(baseUrl(), version()), { etag, signal }),
    cacheFile: inPlaceOfLogin === undefined ? cacheFile : undefined,
    enabled: () => settings()["codex.enable_dynamic_model_info"],
    accountId: access.accountId,
    clientVersion: version,
    nowMs: () => world.now(),
    monotonicMs: () => world.monotonicMs(),
    log,
  });
  return { baseUrl, credentials, identity, routing, access, get, catalogue, cacheFile };
}

/** What a demo has in their place: nothing is looked for, so no home directory is needed. */
const NO_LOGIN: CredentialPlace = { kind: "env", text: "" };

/** Credentials come from the environment in containers, else from the file (behaviour.md#credentials-place). */
function credentialPlace(place: Place, settings: Settings): CredentialPlace {
  const file = settings["auth.file"];
  return environmentPlace(place.env, settings["auth.issuer"]) ??
    { kind: "file", path: credentialsFile(place, file), own: file !== "" };
}
