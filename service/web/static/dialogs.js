// Dialogs: `data-opens="id"` opens one, `data-closes` closes the one it stands in. The browser does the rest.
import { fill } from "./keys.js";

function click(event) {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.opens);
    dialog.querySelectorAll("[data-key-list]").forEach(fill);
    carry(opener, dialog);
    dialog.showModal();
    dialog.scrollTop = 0;
  }
  event.target.closest("[data-closes]")?.closest("dialog").close();
}

/** What the opener knows goes into the dialog's form: `data-fill-NAME` into the field of that name. */
function carry(opener, dialog) {
  for (const [name, value] of Object.entries(opener.dataset)) {
    if (!name.startsWith("fill")) continue;
    const field = name.slice(4).toLowerCase();
    dialog.querySelectorAll(`[name="${field}"]`).forEach((input) => (input.value = value));
    dialog.querySelectorAll(`[data-shows="${field}"]`).forEach((place) => (place.textContent = value));
  }
}

export function start() {
  document.addEventListener("click", click);
  document.querySelector("dialog[data-open-now]")?.showModal();
}
