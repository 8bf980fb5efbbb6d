import { shortDurationText } from "../duration_text.ts";
import { errorText } from "../error_text.ts";
import { isLoopbackHost } from "./loopback_host.ts";

/** Why a request got no answer. */
export interface ConnectFault {
  /** a clause without a full stop: `the name cannot be resolved (DNS)` */
  readonly fault: string;
  /** what to do, one sentence without a full stop */
  readonly fix: string;
}

const NETWORK = "Check the network connection, and HTTPS_PROXY if one is set";

/**
 * Puts what fetch threw into words: which stage failed, and what helps. fetch names the reason only in the message of
 * its cause (deno.md#fetch-errors; the texts as of Deno 2.9.6).
 *
 * @param url what was asked for
 * @param timeoutMs how long was waited for an answer
 */
export function connectFault(thrown: unknown, url: URL, timeoutMs: number): ConnectFault {
  if (thrown instanceof Deno.errors.NotCapable) {
    return {
      fault: "this program may connect only to the OpenAI hosts and this machine",
      fix: `From source, allow it with CCPROXY_ALLOW_NET=${url.hostname}; else set codex.base_url and ` +
        "auth.issuer back",
    };
  }
  if (thrown instanceof DOMException && thrown.name === "TimeoutError") {
    return {
      fault: `no answer within ${shortDurationText(timeoutMs)}`,
      fix: "A firewall may drop the connection: allow it, or set HTTPS_PROXY",
    };
  }
  const reason = errorText(thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown);
  return FAULTS.find(({ pattern }) => pattern.test(reason))?.tell(url, reason) ?? {
    fault: `the connection failed: ${plainReason(reason)}`,
    fix: NETWORK,
  };
}

/** The kinds of failure, the more exact ones first. */
const FAULTS: readonly {
  readonly pattern: RegExp;
  readonly tell: (url: URL, reason: string) => ConnectFault;
}[] = [
  {
    pattern: /^the proxy in HTTPS_PROXY/,
    tell: (_, reason) => ({ fault: reason, fix: "Correct the variable, or unset it" }),
  },
  {
    pattern: /proxy authentication required/i,
    tell: () => ({
      fault: "the proxy asks for a user name and a password (407)",
      fix: "Put them into HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT",
    }),
  },
  {
    pattern: /unsuccessful tunnel/i,
    tell: ({ host }) => ({
      fault: `the proxy refuses to connect to ${host}`,
      fix: `Have the proxy allow ${host}, or name it in NO_PROXY to go there directly`,
    }),
  },
  {
    pattern: /dns error|failed to lookup|name or service|resolve/i,
    tell: () => ({
      fault: "the name cannot be resolved (DNS)",
      fix: "Check the network connection and the DNS server, and HTTPS_PROXY if one is set",
    }),
  },
  {
    pattern: /certificate.*expired|expired.*certificate|notvalidyet/i,
    tell: () => ({
      fault: "the TLS certificate has expired or is not valid yet",
      fix: "Set the clock of this machine; if it is right, something inspects TLS on the way",
    }),
  },
  {
    pattern: /certificate|tls|handshake|InvalidContentType|corrupt message/i,
    tell: (_, reason) => ({
      fault: `the TLS connection is not trusted: ${
        /invalid peer certificate: \S+/.exec(reason)?.[0] ?? "handshake failed"
      }`,
      fix: "Something inspects TLS on the way: name its CA file in DENO_CERT, or go around it",
    }),
  },
  {
    pattern: /refused/i,
    tell: ({ hostname }) => ({
      fault: "the connection is refused",
      fix: isLoopbackHost(hostname)
        ? "Nothing listens there: start it, or correct codex.base_url and auth.issuer"
        : "A firewall or the proxy may refuse it: allow it, or check HTTPS_PROXY",
    }),
  },
  {
    pattern: /unreachable|no route to host/i,
    tell: () => ({ fault: "there is no way to that address from here", fix: NETWORK }),
  },
  {
    pattern: /permission denied|not permitted/i,
    tell: () => ({
      fault: "the system does not let this program connect: permission denied",
      fix: "Allow it in the firewall or the sandbox that this program runs in",
    }),
  },
  {
    pattern: /reset|connection closed|broken pipe|unexpected eof|before message completed/i,
    tell: () => ({ fault: "the connection was cut before an answer came", fix: NETWORK }),
  },
];

/** Without the address, which the message around it names. */
function plainReason(reason: string): string {
  const text = reason.replace(/^error sending request (?:for url \([^)]*\)|from .*?): /, "");
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
