/** The pages that the browser shows at the end of a login. Static: no script, no token, nothing from outside. */

/** What a page says. */
export type Page =
  | { readonly kind: "success" }
  | { readonly kind: "refused"; readonly detail: string }
  | { readonly kind: "not_entitled" }
  | { readonly kind: "failed"; readonly detail: string };

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { display: grid; min-height: 90vh; place-items: center; margin: 0 1rem; }
main { max-width: 32rem; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; }
p { margin: .5rem 0; overflow-wrap: anywhere; }
`;

const COMMAND = "ccproxy auth login-openai";

/**
 * The page as a Response with status 200. Foreign text in it is escaped, and a content security policy forbids
 * whatever escaping might have let through: no script, no image, no frame, no request, only our own style.
 */
export async function pageResponse(page: Page): Promise<Response> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(STYLE));
  const hash = new Uint8Array(digest).toBase64();
  return new Response(pageHtml(page), {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy":
        `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "connection": "close",
    },
  });
}

/** The page's HTML. Pure. */
export function pageHtml(page: Page): string {
  const [title, ...lines] = textOf(page);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${
    escapeHtml(title)
  }</title>
<style>${STYLE}</style></head>
<body><main><h1>${escapeHtml(title)}</h1>
${lines.map((line) => `<p>${escapeHtml(line)}</p>`).join("\n")}
</main></body>
</html>
`;
}

/** Makes a text harmless in HTML, in elements and in attributes. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}

function textOf(page: Page): [string, ...string[]] {
  switch (page.kind) {
    case "success":
      return [
        "Signed in",
        "ccproxy is signed in to ChatGPT. You can close this page and go back to the terminal.",
      ];
    case "refused":
      return ["Sign-in refused", page.detail, `To try again, run ${COMMAND} in the terminal.`];
    case "not_entitled":
      return [
        "Codex is not enabled for your workspace",
        "Ask the administrator of the workspace to enable Codex, or sign in to another workspace.",
        `To try again, run ${COMMAND} in the terminal.`,
      ];
    case "failed":
      return ["Sign-in failed", page.detail, `To try again, run ${COMMAND} in the terminal.`];
  }
}
