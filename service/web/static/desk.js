// The review desk: the next paper is at hand before this one is done, leases are kept alive while somebody looks, and
// a refusal is shown where the typing stands.
import { send } from "./forms.js";
import { guarded } from "./settings.js";
import { say } from "./words.js";
import { keep, release } from "./viewer.js";

const ALIVE = 30_000;
// After a reload the farewell of the page before may come in late: then the paper is taken anew.
const SOON = 2_000;
const post = (path) => fetch(path, { method: "POST", headers: guarded() }).catch(() => null);
let ahead = null;
let beat = 0;
let begin = null;

const desk = () => document.querySelector("[data-desk-of]");

/** Fetch the next paper's page and its first image; asking for it makes it ours for a while. */
async function fetchAhead(here) {
  const answer = await fetch(here.dataset.onward, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return null;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const place = page.querySelector("[data-desk-of]");
  if (place) keep(place.querySelector(".viewer"));
  return { page, place, address: answer.url };
}

/** Put the next paper in place of this one; the address and the title follow, so that back works. */
function turnTo(next) {
  const here = desk();
  const fresh = document.importNode(next.place, true);
  release(here.querySelector(".viewer"));
  here.replaceWith(fresh);
  document.querySelectorAll("main > .notice").forEach((told) => told.remove());
  document.title = next.page.title;
  history.pushState({ desk: true }, "", next.address);
  window.scrollTo(0, 0);
  begin(fresh);
  window.htmx?.process(fresh);
  attach(fresh);
}

async function onward() {
  const next = await ahead;
  if (next?.place && next.place.dataset.deskOf !== desk().dataset.deskOf) turnTo(next);
  else location.assign(next?.address ?? desk().dataset.onward);
}

async function submitted(event) {
  event.preventDefault();
  const form = event.target;
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  const filing = event.submitter?.value === "file";
  const answer = await send(form, event.submitter, filing ? { "X-Anjuan-Desk": "1" } : {});
  delete form.dataset.busy;
  delete form.dataset.sent;
  if (!answer) return;
  if (filing) await onward();
  else location.assign(answer.url);
}

/** Enter goes on to the next field, as a form on paper is filled in; it never sends the desk. */
function entered(event) {
  if (event.key !== "Enter" || !event.target.matches("input[type=text]")) return;
  event.preventDefault();
  const fields = [...event.currentTarget.querySelectorAll("[data-doubt]")];
  const next = fields[fields.indexOf(event.target) + 1];
  if (next) next.focus();
  else event.target.blur();
}

/** From nowhere, Tab goes to the first doubtful field. */
function tabbed(event) {
  if (event.key !== "Tab" || event.shiftKey || document.activeElement !== document.body) return;
  const first = desk()?.querySelector("[data-doubt], [name^=field-]");
  if (!first) return;
  event.preventDefault();
  first.focus();
  first.select();
}

function chose(event) {
  const button = event.target.closest("[data-sets]");
  if (!button) return;
  const field = event.currentTarget.elements[button.dataset.sets];
  field.value = button.dataset.value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  event.currentTarget.querySelectorAll("[data-sets]").forEach((each) => each.setAttribute("aria-pressed", String(each === button)));
}

/** What a person typed over what was shown, to be typed again on the page that comes instead. */
function carry() {
  const typed = [...desk().querySelectorAll("form[data-desk] [name]")].filter((field) => field.type === "text" && field.value !== field.defaultValue);
  sessionStorage.setItem(`anjuan-carried:${location.pathname}`, JSON.stringify(typed.map((field) => [field.name, field.value])));
}

function unpack(form) {
  const key = `anjuan-carried:${location.pathname}`;
  for (const [name, value] of JSON.parse(sessionStorage.getItem(key) ?? "[]")) if (form.elements[name]) form.elements[name].value = value;
  sessionStorage.removeItem(key);
}

/** The acts on a page are about the one that is seen. */
function sees(here, number) {
  here.querySelectorAll("[data-page-seen]").forEach((field) => (field.value = String(number)));
  here.querySelectorAll("[data-seen]").forEach((place) => (place.textContent = say("viewer.image", { number })));
}

function attach(here) {
  const form = here.querySelector("form[data-desk]");
  unpack(form);
  here.querySelectorAll("dialog form[data-inline]").forEach((each) => each.addEventListener("submit", carry));
  form.addEventListener("click", (event) => event.target.closest("[data-reload]") && carry());
  form.addEventListener("submit", submitted);
  form.addEventListener("keydown", entered);
  form.addEventListener("click", chose);
  here.querySelector("[data-next]").addEventListener("click", (event) => {
    event.preventDefault();
    post(`/review/${here.dataset.deskOf}/leave`);
    onward();
  });
  here.addEventListener("page", (event) => sees(here, event.detail));
  clearInterval(beat);
  const alive = () => document.visibilityState === "visible" && here.isConnected && post(`/review/${here.dataset.deskOf}/lease`);
  beat = setInterval(alive, ALIVE);
  setTimeout(alive, SOON);
  ahead = fetchAhead(here);
}

/** Whoever leaves gives back what they had before them, and what was fetched for them. */
async function left() {
  const mine = desk();
  if (!mine) return;
  const form = new FormData(mine.querySelector("form[data-desk]"));
  const proof = new URLSearchParams({ csrf: form.get("csrf") });
  navigator.sendBeacon(`/review/${mine.dataset.deskOf}/leave`, proof);
}

export function start(whole) {
  if (!desk()) return;
  begin = whole;
  attach(desk());
  document.addEventListener("keydown", tabbed);
  window.addEventListener("popstate", () => location.reload());
  window.addEventListener("pagehide", left);
}
