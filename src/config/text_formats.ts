import { browserOrigin, originAdvice } from "./browser_origin.ts";
import { isLoopbackHost } from "./loopback_host.ts";
import { parsePrice } from "./model_price.ts";
import type { TextFormat } from "./settings.ts";

/** What a text must look like: `needed` completes "must be …". */
export interface TextRule {
  readonly needed: string;
  readonly accepts: (text: string) => boolean;
  /** more about a text that is not accepted, as words that follow it */
  readonly advice?: (text: string) => string | undefined;
}

/** The rules of the formats that rows of the settings table name. */
export const TEXT_FORMATS: Readonly<Record<TextFormat, TextRule>> = {
  any: { needed: "a text", accepts: isWellFormed },
  listen_host: { needed: "an IP address or a host name, without port", accepts: isHost },
  // What goes into a header: the ASCII characters that one can see.
  visible: {
    needed: "a text of visible ASCII characters, or empty",
    accepts: (text) => /^[!-~]*$/.test(text),
  },
  api_url: {
    needed: "an https:// address, or http:// on loopback, without user name, query and fragment",
    accepts: isApiUrl,
  },
  redis_url: { needed: "a redis:// or rediss:// address, or empty", accepts: isRedisUrl },
  path: { needed: 'an absolute path, or one that begins with "~/", or empty', accepts: isPath },
  instructions: {
    needed: 'a text, "catalogue", "file:" with an absolute path or one that begins with "~/", or empty',
    accepts: (text) =>
      isWellFormed(text) && (!text.startsWith("file:") || isNamedPath(text.slice("file:".length))),
  },
  version: {
    needed: 'a version such as "0.144.0", or empty',
    accepts: (text) => text === "" || /^\d{1,6}\.\d{1,6}\.\d{1,6}(?:-[0-9A-Za-z.-]{1,40})?$/.test(text),
  },
  price: {
    needed: 'three prices for a million tokens, input/cached/output, such as "1.25/0.125/10"',
    accepts: (text) => parsePrice(text) !== undefined,
  },
  host_name: {
    needed: 'a host name or address such as "proxy.lan", without scheme and port',
    accepts: isHost,
  },
  origin: {
    needed: 'an origin such as "https://app.example", without path',
    accepts: (text) => browserOrigin(text) === text,
    advice: originAdvice,
  },
};

function isWellFormed(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

/** A name, an IPv4 address, or an IPv6 address with or without brackets. */
function isHost(text: string): boolean {
  if (/^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?\.?$/.test(text)) {
    // Numbers that are no address, such as 256.0.0.1, are no name either.
    return text.length <= 253 && URL.canParse(`http://${text}/`);
  }
  const inside = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  return /^[0-9a-fA-F:.]+$/.test(inside) && inside.includes(":") && URL.canParse(`http://[${inside}]/`);
}

/** The token goes to this address, so plain http is for loopback only (behaviour.md#plain-http). */
function isApiUrl(text: string): boolean {
  if (!/^https?:\/\//.test(text) || /\s/.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.username !== "" || url.password !== "" || /[?#]/.test(text)) return false;
  return url.protocol === "https:" || isLoopbackHost(url.hostname);
}

function isRedisUrl(text: string): boolean {
  return text === "" || (/^rediss?:\/\/[^\s/]/.test(text) && URL.canParse(text));
}

function isPath(text: string): boolean {
  return text === "" || isNamedPath(text);
}

/** Absolute on any system: a file that names the paths of another one fails where it is opened. */
function isNamedPath(text: string): boolean {
  return isWellFormed(text) && /^(?:\/|~[/\\]|[A-Za-z]:[/\\]|\\\\)/.test(text) && !/[\r\n]/.test(text);
}
