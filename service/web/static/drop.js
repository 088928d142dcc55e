// Files and whole folders dropped on any page go into the queue; on the capture page with what its form says.
import { add, clear, watch } from "./queue.js";
import { filesChosen, filesOf } from "./folders.js";
import { SHOWN, ordered, row, title } from "./tray.js";
import { meta } from "./settings.js";

const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
let depth = 0;

function dragging(on) {
  depth = on === null ? 0 : Math.max(0, depth + (on ? 1 : -1));
  document.body.classList.toggle("dragging", depth > 0);
}

/** What the capture page's form says about the files to come; elsewhere nothing. */
function fields() {
  const form = document.querySelector("form[data-capture]");
  return form ? Object.fromEntries(new FormData(form)) : {};
}

async function dropped(event) {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  dragging(null);
  const about = fields();
  await add(await filesOf(event.dataTransfer), about);
}

function listen() {
  window.addEventListener("dragenter", (event) => carriesFiles(event) && dragging(true));
  window.addEventListener("dragleave", (event) => carriesFiles(event) && dragging(false));
  window.addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  window.addEventListener("drop", dropped);
}

function chooser(input) {
  input.addEventListener("change", async () => {
    await add(filesChosen(input), fields());
    input.value = "";
  });
}

/** The capture page's own, longer list. */
function list(place) {
  const card = place.closest("[data-when-any]");
  card.querySelector("[data-clear]").addEventListener("click", clear);
  watch((items) => {
    card.hidden = items.length === 0;
    card.querySelector("[data-title]").textContent = title(items);
    place.replaceChildren(...ordered(items).slice(0, SHOWN).map(row));
  });
}

export function start() {
  if (!meta("upload")) return;
  listen();
  document.querySelectorAll("input[type=file][data-queue]").forEach(chooser);
  document.querySelectorAll("[data-queue-list]").forEach(list);
}
