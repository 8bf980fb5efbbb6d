import { sha256Hex } from "../sha256.ts";

/**
 * Names and ids that the backend would refuse, mapped to ones it takes and back.
 *
 * The backend limits tool names to 64 characters of `a-zA-Z0-9_-`, and call ids to 64 characters. A shortened name
 * ends in a hash of the whole, so two long names with the same beginning stay different, and the same name is
 * always mapped the same way: the history of a conversation keeps matching (translation.md#t20, #t21).
 */
export interface NameMap {
  /** A tool's name as the backend takes it. */
  tool(name: string): string;
  /** A call id as the backend takes it. */
  call(id: string): string;
  /** What the client called it: the inverse of both. */
  restore(name: string): string;
  /** True when nothing was mapped, so that nothing has to be restored. */
  readonly isIdentity: boolean;
}

const LIMIT = 64;
const HASH_LENGTH = 12;

function shorten(text: string): string {
  const clean = text.replaceAll(/[^a-zA-Z0-9_-]/g, "_");
  const hash = sha256Hex(text).slice(0, HASH_LENGTH);
  return `${clean.slice(0, LIMIT - HASH_LENGTH - 1)}_${hash}`;
}

/** A map for one request. */
export function createNameMap(): NameMap {
  const originals = new Map<string, string>();
  function map(text: string, fits: boolean): string {
    if (fits) return text;
    const short = shorten(text);
    originals.set(short, text);
    return short;
  }
  return {
    tool: (name) => map(name, name.length <= LIMIT && /^[a-zA-Z0-9_-]+$/.test(name)),
    call: (id) => map(id, id.length <= LIMIT),
    restore: (name) => originals.get(name) ?? name,
    get isIdentity() {
      return originals.size === 0;
    },
  };
}
