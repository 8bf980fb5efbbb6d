/** Answers of a backend in trouble, in the words and shapes of backend.md#error-bodies, #error-codes. */
import type { Script } from "./script.ts";

/** 429: the plan's limit is used up. */
export function usageLimitReached(resetsInSeconds = 3600, nowMs = Date.now(), plan = "plus"): Script {
  return {
    status: 429,
    body: {
      error: {
        type: "usage_limit_reached",
        message: "The usage limit has been reached",
        plan_type: plan,
        resets_at: Math.floor(nowMs / 1000) + resetsInSeconds,
        resets_in_seconds: resetsInSeconds,
      },
    },
  };
}

/** 429: too fast, with the wait only in the text, or also in `retry-after`. */
export function rateLimited(seconds = 1.2, withHeader = false): Script {
  return {
    status: 429,
    headers: withHeader ? { "retry-after": `${Math.ceil(seconds)}` } : {},
    body: {
      error: {
        type: "tokens",
        code: "rate_limit_exceeded",
        message: `Rate limit reached for gpt-5.5 on tokens per min. Please try again in ${seconds}s.`,
        param: null,
      },
    },
  };
}

/** 429: the plan has no Codex. */
export const USAGE_NOT_INCLUDED: Script = {
  status: 429,
  body: {
    error: {
      type: "usage_not_included",
      message: "To use Codex with your ChatGPT plan, upgrade to Plus",
      plan_type: "free",
    },
  },
};

/** 403: the challenge page that Cloudflare sends to odd clients. */
export const CLOUDFLARE_CHALLENGE: Script = {
  status: 403,
  headers: { "content-type": "text/html; charset=UTF-8", "cf-mitigated": "challenge" },
  body:
    `<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head><body><div class="main-wrapper">` +
    `<h1>chatgpt.com</h1><p>Enable JavaScript and cookies to continue</p></div></body></html>`,
};

/** 401 of the outer service. */
export const UNAUTHORIZED: Script = { status: 401, body: { detail: "Unauthorized" } };

/** 401 that names the reason. */
export function tokenRefused(code: "token_expired" | "token_revoked" | "token_invalidated"): Script {
  return {
    status: 401,
    body: {
      error: { message: `Your token was refused (${code}).`, type: null, code, param: null },
      status: 401,
    },
  };
}

/** 402. */
export const DEACTIVATED_WORKSPACE: Script = {
  status: 402,
  body: { detail: { code: "deactivated_workspace" } },
};

/** 403. */
export const INVALID_WORKSPACE: Script = {
  status: 403,
  body: { detail: { code: "invalid_workspace_selected" } },
};

/** 503, and what else the inner service answers with 5xx, as JSON. */
export function overloaded(code: "server_is_overloaded" | "slow_down" = "server_is_overloaded"): Script {
  return {
    status: 503,
    body: {
      error: {
        message: "Our servers are currently overloaded. Please try again later.",
        type: "server_error",
        code,
        param: null,
      },
    },
  };
}

/** A 5xx page of the edge. */
export function htmlError(status = 502): Script {
  return {
    status,
    headers: { "content-type": "text/html" },
    body:
      `<html><head><title>${status} Bad Gateway</title></head><body><center><h1>${status} Bad Gateway</h1></center><hr><center>cloudflare</center></body></html>`,
  };
}

/** 500 as JSON. */
export const SERVER_ERROR: Script = {
  status: 500,
  body: {
    error: {
      message: "The server had an error while processing your request.",
      type: "server_error",
      code: null,
      param: null,
    },
  },
};

/** 400 of the validator, as a list. */
export const VALIDATION_LIST: Script = {
  status: 400,
  body: { detail: [{ loc: ["body", "input"], msg: "field required", type: "value_error.missing" }] },
};

/** 400: the conversation is too long for the model. */
export const CONTEXT_LENGTH_EXCEEDED: Script = {
  status: 400,
  body: {
    error: {
      message: "Your input exceeds the context window of this model. Please adjust your input and try again.",
      type: "invalid_request_error",
      param: "input",
      code: "context_length_exceeded",
    },
  },
};

/** 200 with a JSON content type and text that is not JSON. */
export const BROKEN_JSON: Script = { headers: { "content-type": "application/json" }, body: '{"id": "resp_' };

/** 200 with an event stream that has no byte in it. */
export const EMPTY_STREAM: Script = { events: [] };

/** 200 with neither a body nor a content type. */
export const EMPTY_BODY: Script = { body: "" };

/** 200 with more text than any answer of an issuer can have. */
export const GIANT_BODY: Script = {
  headers: { "content-type": "application/json" },
  body: `{"access_token":"${"x".repeat(4 * 1024 * 1024)}"}`,
};
