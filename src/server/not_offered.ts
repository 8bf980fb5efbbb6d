/** A part of the public API that cannot be had with a subscription. */
export interface NotOffered {
  /** first words of the path behind the prefix; all that begins with them */
  readonly path: string;
  /** why, to follow the path */
  readonly why: string;
  /** what to use */
  readonly instead: string;
}

const NO_ENDPOINT = "the ChatGPT subscription has no endpoint for it, and its token goes to no other host";
const WITH_A_KEY = "with a key of the OpenAI platform and its own base URL";

/**
 * What clients ask for and get a reason instead of. Nothing is sent anywhere: the subscription's token never goes to
 * api.openai.com (backend.md#embeddings).
 */
export const NOT_OFFERED: readonly NotOffered[] = [
  {
    path: "embeddings",
    why: NO_ENDPOINT,
    instead: `Use a local embedding model (Ollama, llama.cpp), or ask for embeddings ${WITH_A_KEY}`,
  },
  {
    path: "moderations",
    why: NO_ENDPOINT,
    instead: `Ask a chat model to judge the text, or use moderations ${WITH_A_KEY}`,
  },
  {
    path: "batches",
    why: NO_ENDPOINT,
    instead: 'Send the requests one by one; "background": true on responses answers later',
  },
  { path: "messages/batches", why: NO_ENDPOINT, instead: "Send the requests one by one to messages" },
  { path: "fine_tuning", why: NO_ENDPOINT, instead: `Use fine-tuning ${WITH_A_KEY}` },
  {
    path: "audio/speech",
    why: NO_ENDPOINT,
    instead: `Use a local voice (Piper, Kokoro), or audio/speech ${WITH_A_KEY}`,
  },
  {
    path: "audio/translations",
    why: NO_ENDPOINT,
    instead: "Use audio/transcriptions, then ask a chat model to translate",
  },
  {
    path: "realtime",
    why: NO_ENDPOINT,
    instead: `Use responses or chat/completions with "stream": true, or realtime ${WITH_A_KEY}`,
  },
  { path: "images/variations", why: NO_ENDPOINT, instead: "Use images/edits with a prompt" },
  {
    path: "vector_stores",
    why: NO_ENDPOINT,
    instead: "Send texts as input, or search them with a tool of your own",
  },
  { path: "assistants", why: NO_ENDPOINT, instead: "Use responses, with conversations" },
  { path: "threads", why: NO_ENDPOINT, instead: "Use responses, with conversations" },
  { path: "videos", why: NO_ENDPOINT, instead: `Use videos ${WITH_A_KEY}` },
];

/** The row for a path without its prefix; undefined for every other path. */
export function notOffered(path: readonly string[]): NotOffered | undefined {
  return NOT_OFFERED.find((row) => row.path.split("/").every((word, index) => path[index] === word));
}
