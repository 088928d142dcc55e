// Keys. Every key that does something stands in the page as `data-key` on the control that it presses, so that the
// list behind `?` cannot differ from what happens.

const typing = (target) => target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
const open = () => document.querySelector("dialog[open]");

function press(element) {
  if (element.matches("input:not([type=checkbox]):not([type=radio]), select, textarea")) {
    element.focus();
    element.select?.();
  } else element.click();
}

const shown = (element) => element.offsetParent !== null && !element.disabled;

function matching(key, within) {
  const all = within.querySelectorAll(`[data-key~="${CSS.escape(key)}"]`);
  return [...all].find(shown);
}

/** j and k, or the arrows, walk the rows of the page's list; Enter opens where one stands. */
const rows = () => [...document.querySelectorAll("[data-list] > :is(tr, li)")].filter((row) => row.querySelector("a[href]"));

function walk(step) {
  const all = rows();
  const at = all.findIndex((row) => row.classList.contains("here"));
  const next = all[Math.min(all.length - 1, Math.max(0, at + step))];
  if (!next) return;
  all[at]?.classList.remove("here");
  next.classList.add("here");
  next.querySelector("a[href]").focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

const walking = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 };

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const dialog = open();
  if (typing(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const control = matching(event.key, dialog ?? document);
  if (control) {
    event.preventDefault();
    press(control);
  } else if (!dialog && walking[event.key] && rows().length && !event.target.closest(".stage")) {
    event.preventDefault();
    walk(walking[event.key]);
  }
}

const CAPS = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc" };

/** The list behind `?`, read from the page; a dialog shows its own keys on its buttons. */
export function fill(list) {
  const seen = new Map();
  for (const element of document.querySelectorAll("[data-key]")) {
    if (element.closest("dialog") || !shown(element)) continue;
    const says = element.dataset.keySays || element.getAttribute("aria-label") || element.textContent.trim();
    if (!seen.has(element.dataset.key)) seen.set(element.dataset.key, says);
  }
  for (const row of list.querySelectorAll("[data-found]")) row.remove();
  for (const [key, says] of seen) {
    const line = document.createElement("div");
    line.dataset.found = "";
    line.className = "row spread";
    const caps = document.createElement("span");
    key.split(" ").forEach((each, at) => {
      const cap = document.createElement("kbd");
      cap.textContent = CAPS[each] ?? each;
      caps.append(at ? " " : "", cap);
    });
    line.append(says, caps);
    list.append(line);
  }
}

export function start() {
  document.addEventListener("keydown", pressed);
}
