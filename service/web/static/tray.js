// The line at the bottom right that says how background work stands.
import { clear, retry, watch, withdraw } from "./queue.js";
import { say, speaks } from "./words.js";
import { make } from "./settings.js";

const tray = document.getElementById("tray");
/** More would only be scrolled past; the title counts all. */
export const SHOWN = 60;
/** Whether somebody folded it is remembered from page to page. */
const FOLDED = "anjuan-tray-folded";
let finished = 0;

const count = (items, state) => items.filter((item) => item.state === state).length;

export function title(items) {
  const done = count(items, "done");
  const failed = count(items, "failed");
  if (done + failed < items.length) return say("tray.running", { done, total: items.length });
  return failed ? say("tray.failed", { done, failed }) : say("tray.done", { done });
}

function action(key, word, work) {
  const button = make("button", { type: "button", class: "button plain small", "data-item": key }, say(word));
  button.addEventListener("click", () => work(key));
  return button;
}

/** Why a file was refused, in the page's language; what is newer than the page in the server's own words. */
function reason(item) {
  if (item.problem === "network") return say("tray.network");
  const key = `refusal.${item.code}`;
  return speaks(key) ? say(key) : item.problem;
}

function words(item) {
  if (item.state === "failed") {
    const again = item.passing ? [action(item.key, "tray.retry", retry)] : [];
    return [make("span", { class: "alarm" }, reason(item)), ...again, action(item.key, "tray.withdraw", withdraw)];
  }
  if (item.state === "done") {
    const link = make("a", { href: `/documents/${encodeURIComponent(item.document)}` }, say("tray.open"));
    const sign = make("span", { class: "good" }, `✓ ${say("tray.taken")}`);
    return item.duplicate ? [sign, make("span", {}, say("tray.duplicate")), link] : [sign, link];
  }
  return [make("progress", { max: item.size || 1, value: item.sent, "aria-label": item.path })];
}

export const row = (item) =>
  make("li", { "data-state": item.state }, make("span", { class: "file-name", title: item.path }, item.path), ...words(item));

/** Unfinished ones first, so that a long list shows what still matters. */
const weight = { failed: 0, waiting: 1, done: 2 };
export const ordered = (items) => [...items].sort((a, b) => weight[a.state] - weight[b.state]);

function show(items) {
  tray.hidden = items.length === 0 || document.querySelector("[data-queue-list]") !== null;
  const done = count(items, "done");
  if (done > finished) document.body.dispatchEvent(new CustomEvent("uploaded"));
  finished = done;
  if (tray.hidden) return;
  tray.querySelector("[data-title]").textContent = title(items);
  const list = tray.querySelector("ul");
  const focused = document.activeElement?.dataset?.item;
  list.replaceChildren(...ordered(items).slice(0, SHOWN).map(row));
  if (focused) list.querySelector(`[data-item="${CSS.escape(focused)}"]`)?.focus();
}

export function start() {
  if (!tray) return;
  tray.querySelector("[data-clear]").addEventListener("click", clear);
  const fold = tray.querySelector("[data-fold]");
  const lay = (folded) => {
    tray.querySelector("ul").hidden = folded;
    fold.setAttribute("aria-expanded", String(!folded));
  };
  lay(sessionStorage.getItem(FOLDED) !== null);
  fold.addEventListener("click", () => {
    const folded = fold.getAttribute("aria-expanded") === "true";
    if (folded) sessionStorage.setItem(FOLDED, "yes");
    else sessionStorage.removeItem(FOLDED);
    lay(folded);
  });
  watch(show);
}
