/** Everything the program said in this test run, on disk, so that one test can search it for secrets. */

/** `.tmp/transcripts/` of the checkout, as a path with a slash at the end. */
const FOLDER = new URL("../.tmp/transcripts/", import.meta.url);

/** One file per test run: `deno test` runs every module in one process, and CCPROXY_TEST_RUN joins several. */
function transcriptFile(): URL {
  return new URL(`${Deno.env.get("CCPROXY_TEST_RUN") ?? Deno.pid}.txt`, FOLDER);
}

/** Adds an entry. Appends are whole: entries of modules that run at the same time do not mix. */
export function record(label: string, text: string): void {
  if (text === "") return;
  clearOld();
  Deno.writeTextFileSync(transcriptFile(), `--- ${label}\n${text}\n`, { append: true });
}

let cleared = false;

/** Removes what earlier runs left: a process id comes back, and an old leak must not fail a new run. */
function clearOld(): void {
  if (cleared) return;
  cleared = true;
  Deno.mkdirSync(FOLDER, { recursive: true });
  for (const { name } of Deno.readDirSync(FOLDER)) {
    const file = new URL(name, FOLDER);
    try {
      const writtenMs = Deno.statSync(file).mtime?.getTime() ?? 0;
      if (Date.now() - writtenMs > 3_600_000) Deno.removeSync(file);
    } catch {
      // Another module of this run was quicker.
    }
  }
}

/** All that was recorded in this run; "" when nothing was. */
export function transcript(): string {
  try {
    return Deno.readTextFileSync(transcriptFile());
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

/** Wraps an answer so that its status, headers and body are recorded as the test reads them. */
export function recordResponse(label: string, response: Response): Response {
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  record(label, `${response.status}\n${headers}`);
  if (response.body === null) return response;
  const decoder = new TextDecoder();
  let text = "";
  const tap = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(bytes, controller) {
      text += decoder.decode(bytes, { stream: true });
      controller.enqueue(bytes);
    },
    flush: () => record(`${label} body`, text),
    cancel: () => record(`${label} body, left early`, text),
  });
  return new Response(response.body.pipeThrough(tap), {
    status: response.status,
    statusText: response.statusText,
    headers: response.headers,
  });
}
