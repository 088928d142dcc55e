// Forms: sent once, and what was typed survives a reload.
import { forget } from "./store.js";

const keyOf = (form) => `anjuan-typed:${location.pathname}:${form.id}`;
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
    sessionStorage.removeItem(keyOf(form));
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

export function start() {
  document.querySelectorAll('form[method="post"]:not([data-sign-out])').forEach(once);
  document.querySelectorAll("form[data-keep]").forEach(remember);
  document.querySelectorAll("form[data-sign-out]").forEach(signOut);
  document.querySelectorAll("[data-shown-when]").forEach(depend);
  document.querySelectorAll("[data-submits]").forEach((field) => field.addEventListener("change", () => field.form.requestSubmit()));
  document.querySelectorAll("[data-prints]").forEach((button) => button.addEventListener("click", () => window.print()));
  document.querySelectorAll("[data-goes-back]").forEach((button) => button.addEventListener("click", () => history.back()));
}
