// The page's script: keeps the parts of the page up to date, and does what its buttons say. What it puts onto the page
// as HTML comes from this server, which has escaped it; what a model says is put there as text.
const KEY_NAME = "ccproxy.key";
const byId = (id) => document.getElementById(id);
let key = sessionStorage.getItem(KEY_NAME) ?? "";
let live;

document.documentElement.classList.add("js");

/** Fetches from this server, with the key of this tab. */
function ask(path, init = {}) {
  const headers = key === "" ? init.headers : { ...init.headers, authorization: `Bearer ${key}` };
  return fetch(path, { ...init, headers, cache: "no-store" });
}

function say(text) {
  if (byId("state").textContent !== text) byId("state").textContent = text;
}

/** Says something to who does not see the page: it stands there for nobody else. */
function tell(text) {
  byId("told").textContent = "";
  byId("told").textContent = text;
}

/** Gives each server-sent event to `take` as its name and data. */
async function readEvents(response, take) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  while (true) {
    const { value, done } = await reader.read();
    if (done) return;
    const frames = (rest + value).split("\n\n");
    rest = frames.pop();
    for (const frame of frames) {
      const name = /^event: ?(.*)$/m.exec(frame)?.[1] ?? "";
      const data = /^data: ?(.*)$/m.exec(frame)?.[1];
      if (data !== undefined) take(name, data);
    }
  }
}

/** Replaces a part of the page; what is open stays open, and the focus stays where it is. */
function fill(name, html) {
  for (const place of document.querySelectorAll(`[data-section="${name}"]`)) {
    const open = [...place.querySelectorAll("details[open]")].map(({ id }) => id);
    const focused = place.contains(document.activeElement) ? document.activeElement : undefined;
    const chosen = place.value;
    const scrolled = place.scrollTop;
    const within = focused?.closest("details")?.id;
    const index = focused === undefined ? -1 : focusable(within ? byId(within) : place).indexOf(focused);
    place.innerHTML = html;
    for (const id of open) byId(id)?.setAttribute("open", "");
    for (const session of place.querySelectorAll("details.session[open]")) showHeld(session);
    if (chosen) place.value = chosen;
    place.scrollTop = scrolled;
    const around = within ? byId(within) : place;
    if (index >= 0 && around !== null) focusable(around)[index]?.focus({ preventScroll: true });
  }
  if (name === "requests") filter();
}

function focusable(place) {
  return [...place.querySelectorAll("summary, button, pre")];
}

function filter() {
  const words = byId("filter").value.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const requests = [...document.querySelectorAll("details.request")];
  let shown = 0;
  for (const request of requests) {
    const text = request.textContent.toLowerCase();
    request.hidden = !words.every((word) => text.includes(word));
    if (!request.hidden) shown++;
  }
  const count = words.length === 0 ? "" : `${shown} of ${requests.length}`;
  if (byId("filter-count").textContent !== count) byId("filter-count").textContent = count;
}

function showKeyForm(message) {
  byId("key-form").hidden = false;
  document.body.classList.add("locked");
  say(message);
  byId("key").focus();
}

/** Follows the events for as long as the page is open. */
async function follow() {
  const mine = live = {};
  let waitMs = 1000;
  while (live === mine) {
    try {
      const response = await ask("/page/events");
      if (response.status === 401) {
        const wasGiven = key !== "";
        key = "";
        sessionStorage.removeItem(KEY_NAME);
        showKeyForm(wasGiven ? "This is not the key of this proxy." : "This proxy asks for its key.");
        return;
      }
      if (!response.ok) throw new Error(String(response.status));
      if (key !== "") sessionStorage.setItem(KEY_NAME, key);
      byId("key-form").hidden = true;
      document.body.classList.remove("locked");
      say("Live");
      await readEvents(response, (name, data) => {
        waitMs = 1000;
        if (name !== "sections") return;
        for (const [part, html] of Object.entries(JSON.parse(data))) fill(part, html);
      });
    } catch {
      say("ccproxy does not answer; trying again …");
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    waitMs = Math.min(15_000, waitMs * 2);
  }
}

async function copy(button) {
  const pre = button.parentElement.querySelector("pre");
  try {
    await navigator.clipboard.writeText(pre.textContent);
    button.textContent = "Copied";
    tell("Copied");
  } catch {
    // Without https, and away from this machine, browsers copy by hand only.
    getSelection().selectAllChildren(pre);
    button.textContent = "Selected";
    tell("Selected: copy it by hand");
  }
  setTimeout(() => button.textContent = "Copy", 1500);
}

/** What each session that was opened holds, as HTML of this server, by id. */
const held = new Map();

/** Puts what is known of a session into it, without waiting. */
function showHeld(session) {
  const html = held.get(session.dataset.session);
  if (html !== undefined) session.querySelector(".inside").innerHTML = html;
}

/** Asks for what a session holds. */
async function openSession(session) {
  const { session: id } = session.dataset;
  const response = await ask(`/page/sessions/${encodeURIComponent(id)}`).catch(() => undefined);
  if (!response?.ok) return;
  held.set(id, await response.text());
  // The part of the page may have been replaced since.
  const now = byId(`s-${id}`);
  if (now?.open) showHeld(now);
}

async function deleteSession(button) {
  const id = button.dataset.session;
  if (!confirm(`Delete the session ${id}? What it holds is gone for good.`)) return;
  button.disabled = true;
  const response = await ask(`/codex/sessions/${encodeURIComponent(id)}`, { method: "DELETE" }).catch(() =>
    undefined
  );
  if (response?.ok) {
    const row = button.closest("li");
    const next = (row.nextElementSibling ?? row.previousElementSibling)?.querySelector("summary");
    row.remove();
    held.delete(id);
    (next ?? byId("sessions-title")).focus({ preventScroll: true });
    tell(`Session ${id} is deleted`);
    return;
  }
  button.disabled = false;
  tell(`Session ${id} could not be deleted`);
  alert(`The session could not be deleted${response === undefined ? "" : ` (${response.status})`}.`);
}

let trying;

async function tryPrompt() {
  const answer = byId("try-answer");
  const body = {
    model: byId("try-model").value,
    input: byId("try-prompt").value,
    stream: true,
    store: false,
  };
  trying = new AbortController();
  byId("try-send").disabled = true;
  byId("try-stop").hidden = false;
  answer.hidden = false;
  // Read out when it is whole, not word by word.
  answer.setAttribute("aria-busy", "true");
  answer.textContent = "";
  const problem = (error) => answer.textContent += `\n[${error?.message ?? "it failed"}]`;
  try {
    const response = await ask("/codex/v1/responses", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: trying.signal,
    });
    if (!response.ok) problem((await response.json().catch(() => undefined))?.error);
    else {
      await readEvents(response, (name, data) => {
        if (!data.startsWith("{")) return;
        const event = JSON.parse(data);
        if (name === "response.output_text.delta") answer.textContent += event.delta;
        if (name === "response.failed") problem(event.response?.error);
        if (name === "error") problem(event.error ?? event);
      });
    }
  } catch (error) {
    problem(trying.signal.aborted ? { message: "stopped" } : error);
  }
  answer.setAttribute("aria-busy", "false");
  byId("try-send").disabled = false;
  if (document.activeElement === byId("try-stop")) byId("try-send").focus();
  byId("try-stop").hidden = true;
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (button?.classList.contains("copy")) copy(button);
  if (button?.classList.contains("delete")) deleteSession(button);
});
// Not a bubbling event: seen on its way down.
document.addEventListener("toggle", ({ target }) => {
  if (target.open && target.classList.contains("session")) openSession(target);
}, true);
byId("filter").addEventListener("input", filter);
byId("try-stop").addEventListener("click", () => trying?.abort());
byId("try-form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!byId("try-send").disabled) tryPrompt();
});
byId("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  key = byId("key").value.trim();
  byId("key").value = "";
  follow();
});
follow();
