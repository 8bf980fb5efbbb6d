/**
 * The checklist of the translation: one statement for each way in which proxies of this kind were seen to fail, under
 * the numbers that golden cases ("proves") and test names ("translation 55: …") cite.
 */

/** Number -> what has to be true. */
export const STATEMENTS: Readonly<Record<number, string>> = {
  1: "One system message becomes instructions or a developer message; role system never reaches the backend",
  2: "Several system and developer messages, anywhere, keep their order and all their text",
  3: "With json_object, text that asks for JSON stays visible in input",
  4: "Without a system message instructions is a text, never absent or null",
  5: "No prompt is added unless the setting says so",
  6: "response_format json_schema and verbosity become text.format and text.verbosity, together",
  7: "response_format json_object becomes text.format",
  8: "Think-tags never stand in front of structured output",
  9: "Functions are flattened; strict is kept exactly",
  10: "Missing parameters become an empty object schema",
  11: "An invalid strict schema is refused before the backend sees it, with the tool named",
  12: "additionalProperties false is completed in strict schemas",
  13: "Custom tools are read nested and flat; grammars are flattened",
  14: "Custom calls and their results become custom items",
  15: "The old functions form works, with made ids that never collide",
  16: "Every form of tool_choice is kept; required is never weakened",
  17: "Preview names of web search are mapped, in tools and tool_choice; web_search_options becomes a tool",
  18: "parallel_tool_calls is not sent without tools; false stays false",
  19: "Absent tools stay absent, empty ones stay empty",
  20: "Names over 64 characters are shortened reversibly and stay different",
  21: "Call ids over 64 characters are mapped and restored",
  22: "Item ids of the input are valid or removed",
  23: "Ids and references of a server that stores are never sent",
  24: "An assistant message with only calls makes no empty item",
  25: "Text and calls of one message are both kept, text first",
  26: "Tool results: text stays text, parts stay parts, images become input_image",
  27: "Images inside the JSON text of a tool result are never truncated",
  28: "Images as text and object, detail kept, data URLs and remote URLs unchanged",
  29: "Files with content become input_file; file ids are refused with the parameter named",
  30: "Audio is refused with the parameter named",
  31: "name and unknown keys of messages do not reach the backend",
  32:
    "Orphan results, duplicate, missing and unanswered calls have one outcome each, never a 400 of the backend",
  33: "Every spelling of effort ends in reasoning.effort; a field wins over a suffix",
  34: "Levels that a model lacks are mapped by the catalogue",
  35: "Suffixes are cut behind the longest known name; real names and unknown suffixes stay",
  36: "Parameters that the backend refuses never reach it",
  37: "Every ignored parameter is reported, and none makes the call fail by default",
  38: "service_tier: fast and priority become priority, others are left out",
  39: "stream_options is not forwarded",
  40: "A chat body with input and no messages is accepted",
  41: "Packed request bodies are accepted",
  42: "The lite shape is made for models that need it, and not for others",
  43: "n above 1 is refused; stop is emulated",
  44: "Without stream the answer is JSON",
  45: "store true does not reach the backend",
  46: "Input as text and easy messages become typed items",
  47: "Absent input is an empty list; one item a list of one",
  48: "Items that are no messages stay untouched and in place",
  49: "A compaction trigger is last and single; the answer has one compaction item",
  50: "previous_response_id works over HTTP; unknown ids are refused in OpenAI's shape",
  51: "A continuation with an unanswered call of the stored turn is rebuilt",
  52: "Concurrent turns of one conversation are never interleaved",
  53: "A body that needs no change is not written again",
  54: "The first chunk has the role, once",
  55: "Each call has its own index, stable under interleaving",
  56: "A tool call's id is the call id",
  57: "id, type and name stand only on the first fragment of a call",
  58: "Arguments are the deltas, or come once from the end where there were none",
  59: "Arguments are never parsed and written again",
  60: "A call starts when its name is known, and is not lost without its beginning",
  61: "Exactly one chunk has a finish_reason",
  62: "finish_reason is tool_calls when a tool was called, also after text",
  63: "Incomplete answers: length, content_filter",
  64: "A failure in the stream is one error object, then [DONE]",
  65: "Failures worth a retry carry a type and status that say so",
  66: "A stream without its end is an error, never stop",
  67: "No error text stands inside content",
  68: "[DONE] once, also after errors",
  69: "Nothing follows [DONE]",
  70: "A usage chunk only on request, with empty choices",
  71: "Cached, reasoning and cache-write tokens are mapped",
  72: "Refusals stream as refusal; content is null",
  73: "Reasoning parts are set apart, placeholders removed, tags closed once, also on errors",
  74: "How reasoning is shown can be chosen",
  75: "Hosted calls are no tool calls; citations become annotations with right offsets",
  76: "model echoes what the client asked, the same in every chunk",
  77: "One id and created in all chunks",
  78: "Comments keep silent streams open; headers stop buffering",
  79: "The first byte reaches the client before the backend ends",
  80: "data with and without space, several data lines, ids, comments",
  81: "LF, CRLF and CR end lines, U+2028 does not",
  82: "Characters cut between reads are whole afterwards",
  83: "One event of 64 MB passes",
  84: "A last event without its blank line is handled",
  85: "Data that is no JSON, or a byte order mark, does not kill the stream",
  86: "Vendor events are dropped for OpenAI clients and kept for Codex clients",
  87: "response.created comes first; sequence numbers rise without gaps",
  88: "Item ids are the same in added, deltas and done",
  89: "An empty or missing final output is built from the items",
  90: "Text that stands only at the end is delivered",
  91: "content is null with calls only, a text otherwise",
  92: "usage is always there, with its details",
  93: "output_text of the SDKs is right",
  94: "Statuses of the backend are mapped in OpenAI's shape; HTML is never passed on",
  95: "Limits say when they reset; a failure inside 200 becomes a status",
  96: "Replayed reasoning that is refused is dropped, once",
  97: "A 400 over a parameter that was not sent is repeated once",
  98: "A 401 is answered by one refresh and one repetition",
  99: "A client that leaves ends the upstream, and nothing is repeated after",
  100: "The client's leaving is seen on the response, not on the request",
  101: "The end is taken from the terminal event, whatever the socket does",
  102: "A slow client costs bounded memory",
  103: "Usage is recorded also when the client leaves after the end",
  104: "Nothing is repeated after the first byte; no call comes twice",
  105: "Parallel requests never mix contents",
  106:
    "Encrypted reasoning of a chat turn is replayed in its place, and dropped for another model or account",
  107: "prompt_cache_key is stable over a conversation and differs between conversations",
  108: "Unknown fields of echoed items are removed",
  109:
    "A message thread goes on from the id of an answer, streamed and whole; going on twice makes two branches",
  110:
    "A thread that is not kept, is another owner's or did not end well is answered 404 thread_not_found, on which SDKs send the whole",
  111:
    "A thread keeps its system and tools; others in a later request are refused, and count_tokens counts the whole",
  112:
    "A compaction is made by the backend, its block stands for what came before, and no wish for one is lost in silence",
  113:
    "tool_addition and tool_removal change the tools of the turn, by name and by value; what names no tool is refused",
  114:
    "What tools of a server or a browser did reaches the model; a block that cannot be told is refused, the assistant's too",
  115:
    "Wishes inside of messages and parameters (effort, task_budget, citations) are done or told as ignored",
  116:
    "Arguments that are no JSON object end a Messages answer as failed, streamed and whole, never as an empty input",
  117:
    "Anthropic callers are known wherever they ask: models in pages, under claude- names too, and every name is retrieved",
  118:
    "Agents of one Claude Code session share a prompt cache key; an id of a user is no name of a conversation",
  119: "What is only counted may end with the assistant, and max_tokens 0 gives an answer without content",
  120:
    "Edits of the context are done before a request is sent, counted, and told in the answer; unknown ones are refused",
  121: "The thinking block that a chat answer had in front is taken out of the history, and nothing else is",
  122: "What is remembered without being asked for is bounded in number and size, the oldest goes first",
  123:
    "What was refused of an earlier turn is remembered as refused: no later turn sends it, and it can still be read",
  125: "A parameter of one API in the body of another is mapped, or refused with the place where it belongs",
  126: "OpenRouter's reasoning object counts; a budget of thinking is the effort that fits it",
  127: "Line separators inside JSON leave as escapes: no reader of lines cuts an event or an answer",
  128:
    "A lite model is asked on the standard lane; refused there, once more in the lite shape, and so from then on",
  129: "A Responses request with nothing to answer is refused",
  130: "What the backend refuses of an earlier turn is left out, and the conversation goes on",
  131:
    "Generated pictures reach clients of chat and messages and come back; no answer is empty because a form is missing",
  132: "Schemas and results of MCP servers are taken as those write them",
  133: "A 502, 503 or 504 is repeated once, and the client is not told to give up",
  134:
    "Every object and event has the keys that OpenAI's schema requires, also where the backend or the client left them out",
  135: "Spellings of one wish that contradict each other are refused: none wins in silence",
  136:
    "A session id only serves for caching and routing where its client keeps several conversations under it",
  137: "prompt_cache_options.comparison_response_id is answered with what differs first from that response",
};

/** Tests that prove a statement without citing its number: file -> number -> beginning of the test's name. */
export const PROOFS: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  "tests/models/resolve_test.ts": {
    33: "resolveModel() reads the four forms of an effort suffix",
    34: "mapEffort() takes the nearest level of the model, of two the weaker",
    35: "resolveModel() does not cut a real model whose name ends like a suffix",
  },
  "tests/e2e/answers_test.ts": {
    44: "serve answers the guide's first curl with the guide's shape, on every prefix",
    53: "serve passes a Codex client's stream on byte for byte, vendor frames and all",
    76: "serve answers the guide's first curl with the guide's shape, on every prefix",
    79: "serve streams the second word before the third has left the backend",
    86: "serve passes a Codex client's stream on byte for byte, vendor frames and all",
  },
  "tests/e2e/memory_responses_test.ts": {
    23: "item_reference and reasoning without its content are resolved by id",
    50: "previous_response_id continues a response, streamed too, and branches never mix",
    51: "an unanswered call of the stored turn is answered for",
  },
  "tests/e2e/memory_sessions_test.ts": {
    52: "turns of one session run one after the other, those of another do not wait",
    106: "reasoning is replayed to the model and account it came from, and dropped for another model",
  },
  "tests/server/reply_test.ts": {
    53: "replyOpaque() hands on the very body object of the backend, so that no byte is touched",
  },
  "tests/server/read_body_test.ts": {
    41: "readBody() reads plain, gzip, br and zstd bodies, and keeps the bytes as they came",
  },
  "tests/server/pump_test.ts": {
    66: "pumpAnswer() never lets a cut answer look finished",
    95: "pumpAnswer() turns a failure before the first content into a status",
    101: "pumpAnswer() ends at the terminal event although the socket lingers",
    102: "pumpAnswer() stops reading while the client does not read",
  },
  "tests/e2e/failures_test.ts": {
    94: "serve maps every failure of the backend to a status and a title, streamed or not",
    66: "serve never lets a cut or broken stream look finished",
  },
  "tests/e2e/credentials_test.ts": {
    98: "serve refreshes once after a 401 and sends the request again",
  },
  "tests/e2e/lifetime_test.ts": {
    99: "serve cancels the upstream when the client leaves: before headers, in a stream, without a stream",
    100: "serve cancels the upstream when the client leaves: before headers, in a stream, without a stream",
  },
  "tests/fuzz/fuzz_test.ts": {
    58: "translation survives generated streams, and streaming agrees with not streaming",
    89: "translation survives generated streams, and streaming agrees with not streaming",
  },
};

/** Statements that were decided otherwise, wholly or in part, and why. */
export const DECISIONS: Readonly<Record<number, string>> = {
  5: "The default mode is `override`, because the guide promises an instruction prompt; `disabled` adds nothing",
  9: "A chat function without `strict` is sent with false: the default of the Responses API would tighten it",
  74: "By the setting `codex.reasoning_output`; there is no per-request switch in either API",
  76: "The client's name, always; the header `x-ccproxy-model` has the real one",
  86: "On every path, by who asks: a Codex client's stream is not touched, everybody else's is filtered",
};
