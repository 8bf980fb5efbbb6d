import type { JsonObject } from "../../wire/json.ts";
import { encodeData } from "../../sse/encode.ts";

/** What all chunks and the answer of one chat completion have in common. */
export interface ChatIdentity {
  /** `chatcmpl-…` */
  readonly id: string;
  /** Unix time in seconds */
  readonly created: number;
  /** as the client named it */
  readonly model: string;
}

/** Writes the chunks of one answer. Every chunk carries the same id, created and model. */
export interface ChunkWriter {
  /** A chunk with this `delta`, given as JSON text. */
  delta(json: string): string;
  /** A chunk whose `delta` is `content`, given as a JSON literal: the most frequent one. */
  content(literal: string): string;
  finish(reason: string): string;
  /** The chunk after the last choice; `choices` is empty, as the contract says. */
  usage(usage: JsonObject): string;
}

/**
 * @param withUsage the client asked for usage: then every chunk before has `usage: null`
 * @see https://platform.openai.com/docs/api-reference/chat-streaming
 */
export function createChunkWriter(identity: ChatIdentity, withUsage: boolean): ChunkWriter {
  const head =
    `"id":${JSON.stringify(identity.id)},"object":"chat.completion.chunk","created":${identity.created},` +
    `"model":${JSON.stringify(identity.model)}`;
  const tail = withUsage ? `],"usage":null}` : `]}`;
  const before = `data: {${head},"choices":[{"index":0,"delta":`;
  const after = `,"finish_reason":null}${tail}\n\n`;
  const beforeContent = `${before}{"content":`;
  const afterContent = `}${after}`;
  return {
    delta: (json) => before + json + after,
    content: (literal) => beforeContent + literal + afterContent,
    finish: (reason) => `${before}{},"finish_reason":${JSON.stringify(reason)}}${tail}\n\n`,
    usage: (usage) => encodeData(`{${head},"choices":[],"usage":${JSON.stringify(usage)}}`),
  };
}
