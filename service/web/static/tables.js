// Tables: a selection with shift, a bar of actions that appears with it, rows filtered in place.

function range(boxes, from, to) {
  const [a, b] = [boxes.indexOf(from), boxes.indexOf(to)].sort((x, y) => x - y);
  return a < 0 ? [to] : boxes.slice(a, b + 1);
}

function selectable(table) {
  const boxes = [...table.querySelectorAll("tbody input[type=checkbox][data-row]")];
  const head = table.querySelector("thead input[type=checkbox]");
  const bar = document.querySelector(`[data-bar-of="${table.id}"]`);
  let last;

  function show() {
    const chosen = boxes.filter((box) => box.checked);
    for (const box of boxes) box.closest("tr").setAttribute("aria-selected", String(box.checked));
    if (head) head.checked = chosen.length === boxes.length && boxes.length > 0;
    if (head) head.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
    if (!bar) return;
    bar.hidden = chosen.length === 0;
    bar.querySelectorAll("[data-count]").forEach((place) => (place.textContent = String(chosen.length)));
  }

  table.addEventListener("click", (event) => {
    const box = event.target.closest("input[data-row]");
    if (!box) return;
    if (event.shiftKey && last) for (const each of range(boxes, last, box)) each.checked = box.checked;
    last = box;
    show();
  });
  head?.addEventListener("change", () => {
    for (const box of boxes) box.checked = head.checked;
    show();
  });
  table.addEventListener("change", show);
  show();
}

/** Set one choice for every row that is selected, or for all when none is. */
function decideAll(control) {
  control.addEventListener("change", () => {
    const table = document.getElementById(control.dataset.decidesIn);
    const chosen = [...table.querySelectorAll("tbody tr")].filter((row) => row.querySelector("input[data-row]:checked"));
    const targets = chosen.length ? chosen : [...table.querySelectorAll("tbody tr")];
    for (const row of targets) {
      const field = row.querySelector(`[data-field="${control.dataset.decides}"]`);
      if (field) field.value = control.value;
    }
  });
}

export function start() {
  document.querySelectorAll("table[data-selectable]").forEach(selectable);
  document.querySelectorAll("[data-decides]").forEach(decideAll);
}
