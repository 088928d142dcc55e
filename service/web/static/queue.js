// The upload queue. A file waits in IndexedDB under its Idempotency-Key until the service has answered for it, so a
// page that is left, reloaded or closed takes the work up again and the service receives no file twice.
import * as store from "./store.js";
import { guarded, meta, uuid } from "./settings.js";

const AT_ONCE = 3;
const RETRIES = 4;
const running = new Map();
const listeners = new Set();
const channel = "BroadcastChannel" in window ? new BroadcastChannel("anjuan-uploads") : null;
channel?.addEventListener("message", () => {
  tell(false);
  work();
});

/** Call `listener(items)` now and whenever something changes. Items come oldest first. */
export function watch(listener) {
  listeners.add(listener);
  tell(false);
}

async function tell(everywhere = true) {
  const items = await snapshot();
  for (const listener of listeners) listener(items);
  if (everywhere) channel?.postMessage("changed");
}

/** Every file of the queue with its progress in bytes. */
export async function snapshot() {
  const items = await store.all();
  for (const item of items) item.sent = running.get(item.key)?.sent ?? (item.state === "done" ? item.size : 0);
  return items.sort((a, b) => a.added - b.added || a.path.localeCompare(b.path));
}

/** Put files at the end. `fields` go with each upload: batch, customer, folder, type. */
export async function add(files, fields = {}) {
  const added = Date.now();
  for (const { file, path } of files) {
    await store.put({ key: uuid(), path, size: file.size, file, fields, added, state: "waiting", tries: 0 });
  }
  await tell();
  work();
}

export async function retry(key) {
  const item = await store.get(key);
  await store.put({ ...item, state: "waiting", tries: 0, problem: undefined });
  await tell();
  work();
}

export async function withdraw(key) {
  running.get(key)?.request.abort();
  await store.remove(key);
  await tell();
}

/** Take what is finished off the list. */
export async function clear() {
  for (const item of await store.all()) if (item.state === "done") await store.remove(item.key);
  await tell();
}

let leaving = false;
let leading = false;
let lanes = 0;

/** Take part in the queue: one tab leads where the browser can tell; keys make a second leader harmless. */
export function start() {
  if (!meta("upload")) return;
  if (!navigator.locks) lead();
  else navigator.locks.request("anjuan-uploads", () => new Promise(lead));
}

function lead() {
  leading = true;
  work();
}

/** Fill the lanes when this tab leads; tell the one that does otherwise. */
function work() {
  if (!leading) return;
  while (lanes < AT_ONCE) {
    lanes += 1;
    lane().finally(() => (lanes -= 1));
  }
}

async function lane() {
  for (let item = await next(); item; item = await next()) await one(item);
}

async function next() {
  const waiting = (await store.all()).filter((item) => item.state === "waiting" && !running.has(item.key));
  const first = waiting.sort((a, b) => a.added - b.added || a.path.localeCompare(b.path))[0];
  if (first) running.set(first.key, { sent: 0 });
  return first;
}

async function one(item) {
  try {
    await conclude(item, await send(item));
  } finally {
    running.delete(item.key);
    await tell();
  }
}

async function conclude(item, answer) {
  if (leaving || !(await store.get(item.key))) return;
  const { file, ...kept } = item;
  if (answer.ok) return store.put({ ...kept, state: "done", document: answer.body.id, duplicate: answer.body.duplicates?.length > 0 });
  if (!answer.passing || item.tries + 1 >= RETRIES) return store.put({ ...item, state: "failed", problem: answer.problem, code: answer.code, passing: answer.passing });
  await store.put({ ...item, tries: item.tries + 1 });
  await new Promise((resolve) => setTimeout(resolve, 1000 * 2 ** item.tries));
}

/** One upload. `passing` says whether trying again may help. */
function send(item) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    running.set(item.key, { sent: 0, request });
    request.upload.onprogress = (event) => {
      running.get(item.key).sent = event.loaded;
      tell(false);
    };
    request.onload = () => resolve(read(request));
    request.onerror = () => resolve({ ok: false, passing: true, problem: "network" });
    request.onabort = () => resolve({ ok: false, passing: true, problem: "network" });
    request.open("POST", meta("upload"));
    for (const [name, value] of Object.entries(guarded({ "Idempotency-Key": item.key, Accept: "application/json" }))) {
      request.setRequestHeader(name, value);
    }
    request.send(form(item));
  });
}

function form(item) {
  const body = new FormData();
  for (const [name, value] of Object.entries(item.fields)) if (value) body.append(name, value);
  body.append("file", item.file, item.path.split("/").pop());
  return body;
}

function read(request) {
  let body = {};
  try {
    body = JSON.parse(request.responseText);
  } catch {
    body = { detail: request.statusText };
  }
  if (request.status >= 200 && request.status < 300) return { ok: true, body };
  const passing = request.status >= 500 || request.status === 429 || request.status === 408;
  return { ok: false, passing, problem: body.detail || String(request.status), code: body.code };
}

// A page that is being left breaks its requests; that says nothing about the files, so nothing is noted about them.
window.addEventListener("pagehide", () => (leaving = true));
window.addEventListener("pageshow", () => (leaving = false));
