/**
 * The catalogue on disk, so that a start without a network has the models of the last one.
 */
import { writeFile } from "../write_file.ts";
import { BOUNDS } from "../bounds.ts";
import { readTextFileLimited } from "../read_limited.ts";
import { isRecord, numberAt, parseJson, textAt } from "../wire/json.ts";
import { type Catalogue, readCatalogue } from "./catalogue.ts";

/** Whose catalogue a cache is, and what it was asked with; a cache of another key is not used. */
export interface CacheKey {
  readonly accountId: string | undefined;
  readonly clientVersion: string;
}

/**
 * Reads a cached catalogue. Never throws: a missing, broken or foreign file is no catalogue.
 *
 * @returns undefined unless the file holds at least one model for exactly this key
 */
export async function readCacheFile(path: string, key: CacheKey): Promise<Catalogue | undefined> {
  let text: string;
  try {
    text = await readTextFileLimited(path, BOUNDS.cachedCatalogue);
  } catch {
    return undefined;
  }
  const value = parseJson(text);
  if (!isRecord(value) || value["account"] !== await hashOf(key.accountId)) return undefined;
  if (value["client_version"] !== key.clientVersion) return undefined;
  const models = readCatalogue(value)?.models ?? [];
  if (models.length === 0) return undefined;
  return {
    models,
    source: "cache",
    fetchedAtMs: numberAt(value, "fetched_at_ms"),
    etag: textAt(value, "etag"),
    clientVersion: key.clientVersion,
  };
}

/**
 * Writes the cache in one step, for this user alone; so is its directory where it was missing.
 *
 * The account is there as a hash only: the file says whether it is ours, not whose it is.
 *
 * @throws the system's error; an earlier file is then untouched
 */
export async function writeCacheFile(path: string, key: CacheKey, catalogue: Catalogue): Promise<void> {
  const text = JSON.stringify({
    account: await hashOf(key.accountId),
    client_version: key.clientVersion,
    fetched_at_ms: catalogue.fetchedAtMs,
    etag: catalogue.etag,
    models: catalogue.models.map((model) => model.wire),
  });
  await writeFile(path, text, { makeDirectory: true });
}

async function hashOf(accountId: string | undefined): Promise<string> {
  const bytes = new TextEncoder().encode(`ccproxy ${accountId ?? ""}`);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex().slice(0, 32);
}
