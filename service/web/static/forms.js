// Forms: sent once, and what was typed survives a reload.
import { forget } from "./store.js";
import { say } from "./words.js";

// What was typed belongs to the version that it was typed over: it never covers what somebody else changed since.
const keyOf = (form) => `anjuan-typed:${location.pathname}:${form.id}:${form.elements.version?.value ?? ""}`;
const kept = (field) => field.name && !["password", "hidden", "file", "submit"].includes(field.type) && !field.dataset.secret;

function keep(form) {
  const values = {};
  for (const field of form.elements) {
    if (!kept(field)) continue;
    if (field.type === "checkbox" || field.type === "radio") (values[field.name] ??= []).push([field.value, field.checked]);
    else values[field.name] = field.value;
  }
  sessionStorage.setItem(keyOf(form), JSON.stringify(values));
}

function restore(form) {
  const values = JSON.parse(sessionStorage.getItem(keyOf(form)) ?? "{}");
  for (const field of form.elements) {
    const value = kept(field) ? values[field.name] : undefined;
    if (value === undefined) continue;
    if (Array.isArray(value)) field.checked = value.find(([name]) => name === field.value)?.[1] ?? field.checked;
    else field.value = value;
  }
}

function once(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    if (!form.matches("[data-inline], [data-desk]")) sessionStorage.removeItem(keyOf(form));
  });
  // Coming back by the browser's history shows the page as it was left.
  window.addEventListener("pageshow", () => delete form.dataset.sent);
}

function remember(form) {
  restore(form);
  form.addEventListener("input", () => keep(form));
}

function signOut(form) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    sessionStorage.clear();
    await forget();
    form.submit();
  });
}

/** A choice that shows or hides what depends on it: `data-shown-when="name=value"`. */
function depend(place) {
  const [name, values] = place.dataset.shownWhen.split("=");
  const form = place.closest("form");
  const show = () => (place.hidden = !values.split("|").includes(String(new FormData(form).get(name) ?? "")));
  form.addEventListener("input", show);
  show();
}

/** Send a form by script. A refusal comes back as a part of the page and is put at the top of the form. */
export async function send(form, submitter, headers = {}) {
  form.querySelectorAll(":scope > [data-refusal]").forEach((old) => old.remove());
  form.querySelectorAll("[data-was-faulty]").forEach(mended);
  const asked = { method: "POST", body: new URLSearchParams(new FormData(form, submitter)), headers: { "X-Anjuan-Inline": "1", ...headers } };
  const answer = await fetch(form.getAttribute("action"), asked).catch(() => null);
  if (answer?.ok) {
    sessionStorage.removeItem(keyOf(form));
    return answer;
  }
  refuse(form, answer && (await answer.text()));
  return null;
}

function refuse(form, part) {
  const told = document.createElement("template");
  told.innerHTML = part ?? "";
  const shown = told.content.querySelector("[data-refusal]") ?? unanswered();
  form.prepend(shown);
  const faulty = [...shown.querySelectorAll("[data-faulty]")].map((each) => field(form, each.dataset.faulty)).filter(Boolean);
  if (shown.dataset.refusal === "number_of_another") faulty.push(form.elements.reason);
  faulty.forEach(wrong);
  const first = shown.querySelector("input") ?? faulty[0];
  shown.scrollIntoView({ block: "nearest" });
  first?.focus();
}

function unanswered() {
  const shown = document.createElement("div");
  shown.className = "notice error";
  shown.dataset.refusal = "network";
  shown.setAttribute("role", "alert");
  shown.textContent = say("tray.network");
  return shown;
}

/** The control of a fault: errors name fields as the rows do, forms as the page does. */
function field(form, name) {
  const plain = name.replace("fields.", "");
  return ["folder_id", "customer_id"].includes(plain) ? form.querySelector('[name="folder"]') : form.querySelector(`[name="field-${CSS.escape(plain)}"], [name="${CSS.escape(plain)}"]`);
}

function wrong(control) {
  control.closest("details")?.setAttribute("open", "");
  control.setAttribute("aria-invalid", "true");
  control.dataset.wasFaulty = "yes";
}

function mended(control) {
  control.removeAttribute("aria-invalid");
  delete control.dataset.wasFaulty;
}

/** A form whose refusal is shown where it stands; where it leads to is opened when it was taken. */
function inline(form) {
  form.addEventListener("submit", async (event) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    const answer = await send(form, event.submitter);
    delete form.dataset.sent;
    if (answer) location.assign(answer.url);
  });
}

export function start(root = document) {
  root.querySelectorAll('form[method="post"]:not([data-sign-out]):not([data-again])').forEach(once);
  root.querySelectorAll("form[data-inline]").forEach(inline);
  root.querySelectorAll("form[data-keep]").forEach(remember);
  root.querySelectorAll("form[data-sign-out]").forEach(signOut);
  root.querySelectorAll("[data-shown-when]").forEach(depend);
  root.querySelectorAll("[data-submits]").forEach((field) => field.addEventListener("change", () => field.form.requestSubmit()));
  root.querySelectorAll("[data-prints]").forEach((button) => button.addEventListener("click", () => window.print()));
  root.querySelectorAll("[data-goes-back]").forEach((button) => button.addEventListener("click", () => history.back()));
}
