/**
 * What the backend takes in `input`: the keys of each type of item and of each content part, and nothing else. The
 * one place: reading refuses a type that has no row, and everything that is sent is built from these keys
 * ({@linkcode toSentItems}), wherever it comes from.
 *
 * No row has `id`: nothing is stored at the backend, which answers 404 for the id of an item (translation.md#t22), and
 * no row has a key that only an answer has: those are refused as unknown (backend.md#output-only-keys).
 */

/** One type of item. */
export interface ItemRow {
  readonly keys: readonly string[];
  /** the key that holds content parts; a text there stays a text */
  readonly parts?: string;
  /** how it is known that the backend takes these */
  readonly source: string;
}

/** Items of the public API that no report names: sent as the API describes them. */
const PUBLIC_API = "https://platform.openai.com/docs/api-reference/responses/create#responses-create-input";
/** Items that the Codex CLI itself sends (`ResponseItem` of codex-rs/protocol). */
const CODEX = "openai/codex, codex-rs/protocol/src/models.rs";

/** The items that are sent, by type. */
export const ITEMS: Readonly<Record<string, ItemRow>> = {
  message: {
    keys: ["role", "content", "phase"],
    parts: "content",
    source: "backend.md#content-forms",
  },
  // `content` is refused for good: "array too long. Expected … maximum length 0".
  reasoning: {
    keys: ["summary", "encrypted_content"],
    parts: "summary",
    source: "backend.md#reasoning-content-refused",
  },
  function_call: {
    keys: ["call_id", "name", "arguments", "namespace"],
    source: "backend.md#tool-forms; translation.md#t108",
  },
  function_call_output: { keys: ["call_id", "output"], parts: "output", source: "backend.md#tool-forms" },
  custom_tool_call: {
    keys: ["call_id", "name", "input", "namespace"],
    source: "backend.md#tool-forms; translation.md#t108",
  },
  custom_tool_call_output: {
    keys: ["call_id", "output"],
    parts: "output",
    source: "backend.md#tool-forms",
  },
  tool_search_call: { keys: ["call_id", "status", "execution", "arguments"], source: CODEX },
  tool_search_output: { keys: ["call_id", "status", "execution", "tools"], source: CODEX },
  additional_tools: { keys: ["role", "tools"], source: "backend.md#lite-lane" },
  web_search_call: { keys: ["status", "action"], source: CODEX },
  // `action`, `size`, `quality` and what else describes the picture are the answer's own.
  image_generation_call: {
    keys: ["status", "result", "revised_prompt"],
    source: `backend.md#output-only-keys; ${CODEX}`,
  },
  local_shell_call: { keys: ["call_id", "status", "action"], source: CODEX },
  local_shell_call_output: { keys: ["call_id", "status", "output"], source: PUBLIC_API },
  shell_call: { keys: ["call_id", "status", "action", "environment"], source: PUBLIC_API },
  shell_call_output: { keys: ["call_id", "status", "output", "max_output_length"], source: PUBLIC_API },
  apply_patch_call: { keys: ["call_id", "status", "operation"], source: PUBLIC_API },
  apply_patch_call_output: { keys: ["call_id", "status", "output"], source: PUBLIC_API },
  computer_call: {
    keys: ["call_id", "status", "action", "actions", "pending_safety_checks"],
    source: PUBLIC_API,
  },
  computer_call_output: {
    keys: ["call_id", "status", "output", "acknowledged_safety_checks"],
    source: PUBLIC_API,
  },
  file_search_call: { keys: ["status", "queries", "results"], source: PUBLIC_API },
  code_interpreter_call: { keys: ["status", "code", "container_id", "outputs"], source: PUBLIC_API },
  mcp_list_tools: { keys: ["server_label", "tools", "error"], source: PUBLIC_API },
  mcp_approval_request: { keys: ["server_label", "name", "arguments"], source: PUBLIC_API },
  mcp_approval_response: { keys: ["approval_request_id", "approve", "reason"], source: PUBLIC_API },
  mcp_call: {
    keys: ["server_label", "name", "arguments", "output", "error", "status", "approval_request_id"],
    source: PUBLIC_API,
  },
  compaction: { keys: ["encrypted_content"], source: "backend.md#compaction" },
  compaction_summary: { keys: ["encrypted_content"], source: CODEX },
  context_compaction: { keys: ["encrypted_content"], source: CODEX },
  compaction_trigger: { keys: [], source: "backend.md#compaction" },
};

/** The content parts that are sent, by type: their keys (backend.md#content-forms). */
export const PARTS: Readonly<Record<string, readonly string[]>> = {
  input_text: ["text"],
  output_text: ["text"],
  refusal: ["refusal"],
  input_image: ["image_url", "detail"],
  input_file: ["filename", "file_data", "file_url"],
  summary_text: ["text"],
};

/** Types that a client may send; a reference is replaced by the item that it names, and never sent itself. */
export const KNOWN_ITEMS: ReadonlySet<string> = new Set([...Object.keys(ITEMS), "item_reference"]);
