/**
 * How much is read of what comes from outside: the one table of all limits on size.
 *
 * Two lanes are not in it. A Codex client's answer is handed on as the body object it came in, so nothing of it is
 * kept here. A request's body has its own setting, `server.body_limit_mb`.
 */

/** A limit on one thing that is read. */
export interface Bound {
  /** read at most; counted after decompression, since that is what memory holds */
  readonly bytes: number;
  /** what is read, in words that fit before "has more than 8 MiB" */
  readonly what: string;
  /** the setting that changes it */
  readonly setting?: string;
  /** why this size */
  readonly why: string;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** Every limit. A breach is a Problem of that one read; what it was read from is closed. */
export const BOUNDS = {
  event: {
    bytes: 128 * MIB,
    what: "one event of the answer",
    setting: "limits.event_limit_mb",
    why:
      "A generated picture is one event: the largest are some 40 MB as PNG, 54 MB in base64, and 64 MB is promised",
  },
  answer: {
    bytes: 256 * MIB,
    what: "the answer",
    setting: "limits.answer_limit_mb",
    why:
      "128,000 tokens of text are 40 MB of events; the rest is for pictures, which come in several previews each",
  },
  errorBody: {
    bytes: 256 * KIB,
    what: "the error answer",
    why:
      "Errors are a few hundred bytes, pages of a gateway some 10 KB; what is read so far is used, and the rest left",
  },
  catalogue: {
    bytes: 8 * MIB,
    what: "the model list",
    why: "0.6 MB in 2026-11, mostly the prompts of the models",
  },
  transcript: {
    bytes: 4 * MIB,
    what: "the transcript",
    why: "A recording has at most 25 MB: some hours of speech, a few hundred kilobytes of text",
  },
  usage: { bytes: MIB, what: "the answer about the limits", why: "A few kilobytes, whatever the plan" },
  oauthAnswer: {
    bytes: MIB,
    what: "the answer of the issuer",
    why: "Tokens, device codes, revocations and the accounts of a login: a few kilobytes",
  },
  ownAnswer: {
    bytes: 16 * MIB,
    what: "the answer of the running proxy",
    why:
      "The longest is the list of conversations of usage --cache; and whoever holds the port may not be ours",
  },
  health: {
    bytes: 64 * KIB,
    what: "the answer to /health",
    why: "A line; and whoever holds the port may not be ours",
  },
  releaseText: {
    bytes: MIB,
    what: "a text of the release",
    why: "The manifest and SHA256SUMS: a few kilobytes",
  },
  releaseArchive: {
    bytes: 400 * MIB,
    what: "an archive of the release",
    why: "About 40 MB; what claims to be ten times that is not one",
  },
  releaseUnpacked: {
    bytes: 600 * MIB,
    what: "an unpacked archive of the release",
    why: "An executable is about 100 MB",
  },
  recording: {
    bytes: 64 * MIB,
    what: "one side of a recorded exchange",
    why:
      "serve --record copies what passes; a report is read by a person, and what is behind this is left out of it",
  },
  redisReply: {
    bytes: 512 * MIB,
    what: "one reply of the store",
    why: "A stored conversation with its pictures; Redis itself takes no larger text (proto-max-bulk-len)",
  },
  redisLine: {
    bytes: 64 * KIB,
    what: "one line of a reply of the store",
    why:
      "Lines are lengths, numbers and error texts; one without an end would be searched again with each read",
  },
  credentials: { bytes: MIB, what: "the credentials file", why: "A few kilobytes; more is another file" },
  config: { bytes: MIB, what: "the configuration file", why: "A few kilobytes; more is another file" },
  cliConfig: {
    bytes: MIB,
    what: "the Codex CLI's config.toml",
    why: "A few kilobytes; only one line of it matters here",
  },
  prompt: {
    bytes: 4 * MIB,
    what: "the prompt file",
    why: "No model takes more text than that, and each request carries it",
  },
  cachedCatalogue: {
    bytes: 16 * MIB,
    what: "the cached model list",
    why: "The list as it came may be 8 MiB; escapes may make it longer on disk",
  },
  state: {
    bytes: MIB,
    what: "a file of the state directory",
    why: "What was learned and where accounts are served: at most some hundred short entries each",
  },
  typedLine: {
    bytes: 64 * KIB,
    what: "one line of standard input",
    why: "A pasted address of a login is at most a few kilobytes",
  },
} as const satisfies Record<string, Bound>;

/** Longest wait in seconds that is passed on to a client: a year. What is beyond it is a mistake, not a limit. */
export const LONGEST_WAIT_SECONDS = 366 * 86_400;

/** Models of a catalogue, and limit windows of an account, that are kept: some ten in 2026-11. */
export const ENTRIES_LIMIT = 1000;

/** How deep JSON from outside may be nested; walking deeper values overflows the stack. Real ones have some 30 levels. */
export const NESTING_LIMIT = 500;

/** `8 MiB`, `64 KiB`, `10 bytes`. */
export function sizeText(bytes: number): string {
  if (bytes % MIB === 0) return `${bytes / MIB} MiB`;
  return bytes % KIB === 0 ? `${bytes / KIB} KiB` : `${bytes} bytes`;
}
