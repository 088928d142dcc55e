// The page viewer: one page large, zoomed and turned; words as a text layer that can be selected, hits and the box in
// question outlined. The browser scrolls and selects; nothing here imitates it.
import { say } from "./words.js";
import { make } from "./settings.js";

const SVG = "http://www.w3.org/2000/svg";
const THUMBS = 96;
const STEPS = [0.25, 0.33, 0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3, 4];

function svg(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

const box = ({ x, y, w, h }, grow = 0) => svg("rect", { x: x - grow, y: y - grow, width: w + 2 * grow, height: h + 2 * grow, rx: 2 });

function word(item) {
  const text = svg("text", { x: item.x, y: item.y + item.h * 0.82, "font-size": item.h * 0.9, textLength: Math.max(1, item.w), lengthAdjust: "spacingAndGlyphs" });
  text.textContent = item.text;
  return text;
}

/** Where the image of a page lies, for a page drawn `w` pixels wide. */
function sourceOf(root, page, w) {
  const width = Math.min(4000, Math.ceil((w * Math.min(2, window.devicePixelRatio || 1)) / 500) * 500);
  return root.dataset.image.replace("{n}", page.number).replace("{width}", width);
}

const fetched = new Map();
const shown = new WeakMap();

/** Fetch the first image of a viewer that is not shown yet, as wide as it will stand where another one stands now. */
export function keep(root, place) {
  const page = root && JSON.parse(root.querySelector("[data-pages]").textContent)[0];
  if (!page || !place) return;
  const stage = place.querySelector(".stage").clientWidth + (place.querySelector(".thumbs")?.offsetWidth ?? 0);
  const thumbs = root.querySelector(".thumbs") ? THUMBS : 0;
  const image = new Image();
  image.src = sourceOf(root, page, Math.max(0.05, (stage - thumbs - 24) / page.width) * page.width);
  fetched.clear();
  fetched.set(image.getAttribute("src"), image);
}

/** A viewer that is taken away listens no more. */
export const release = (root) => root && window.removeEventListener("resize", shown.get(root));

class Viewer {
  constructor(root) {
    this.root = root;
    this.pages = JSON.parse(root.querySelector("[data-pages]").textContent);
    this.marks = JSON.parse(root.querySelector("[data-marks]")?.textContent ?? "{}");
    this.stage = root.querySelector(".stage");
    this.number = Number(root.dataset.page) || 1;
    this.zoom = 0;
    this.turn = 0;
    this.words = new Map();
  }

  page() {
    return this.pages.find((page) => page.number === this.number) ?? this.pages[0];
  }

  /** Show one page. The address follows, so that it can be sent to a colleague. */
  async show(number) {
    if (!this.pages.some((page) => page.number === number)) return;
    this.number = number;
    const page = this.page();
    this.root.querySelectorAll(".thumbs button").forEach((b) => b.setAttribute("aria-current", String(Number(b.dataset.page) === number)));
    const label = this.root.querySelector("[data-number]");
    if (label) label.textContent = say("viewer.page", { number, total: this.pages.length });
    this.sheet = make("div", { class: "sheet" });
    this.image = this.picture(page);
    this.layer = svg("svg", { viewBox: `0 0 ${page.width} ${page.height}`, preserveAspectRatio: "none" });
    this.sheet.append(this.image, this.layer);
    this.stage.replaceChildren(this.sheet);
    this.fit();
    this.outline();
    await this.write(page);
    this.reveal();
    this.root.dispatchEvent(new CustomEvent("page", { detail: number, bubbles: true }));
  }

  scale() {
    const page = this.page();
    const wide = this.turn % 180 ? page.height : page.width;
    return this.zoom || Math.max(0.05, (this.stage.clientWidth - 24) / wide);
  }

  fit() {
    const page = this.page();
    const scale = this.scale();
    const [w, h] = [page.width * scale, page.height * scale];
    this.sheet.style.width = `${w}px`;
    this.sheet.style.height = `${h}px`;
    // A quarter turn keeps the box's own size in the flow; the margin makes up the difference.
    const shift = this.turn % 180 ? (w - h) / 2 : 0;
    this.sheet.style.margin = `${-shift}px ${shift}px`;
    this.sheet.className = `sheet turned-${this.turn}`;
    const source = sourceOf(this.root, page, w);
    if (this.image.getAttribute("src") !== source) this.image.src = source;
  }

  /** The page's image; one that was fetched ahead is taken as it is. */
  picture(page) {
    const source = sourceOf(this.root, page, page.width * this.scale());
    const image = fetched.get(source) ?? new Image();
    fetched.delete(source);
    image.alt = say("viewer.image", { number: page.number });
    image.draggable = false;
    image.addEventListener("error", () => this.sheet.replaceChildren(make("p", { class: "empty" }, say("viewer.no_image"))));
    return image;
  }

  outline() {
    for (const name of ["hits", "asked"]) {
      const group = svg("g", { class: name });
      for (const each of this.marks[name] ?? []) if (each.page === this.number) group.append(box(each, 3));
      this.layer.append(group);
    }
  }

  async write(page) {
    const words = this.words.get(page.number) ?? (await this.fetchWords(page.number));
    this.words.set(page.number, words);
    if (page.number !== this.number) return;
    const group = svg("g", { class: "words" });
    for (const item of words) group.append(box(item), word(item));
    this.layer.append(group);
  }

  async fetchWords(number) {
    if (!this.root.dataset.words) return [];
    const answer = await fetch(this.root.dataset.words.replace("{n}", number), { headers: { Accept: "application/json" } });
    return answer.ok ? answer.json() : [];
  }

  /** Bring the first mark of this page into view, by scrolling the stage and nothing around it. */
  reveal() {
    const first = this.layer.querySelector(".asked rect, .hits rect");
    if (!first) return;
    const mark = first.getBoundingClientRect();
    const stage = this.stage.getBoundingClientRect();
    this.stage.scrollBy(mark.left + mark.width / 2 - stage.left - stage.width / 2, mark.top + mark.height / 2 - stage.top - stage.height / 2);
  }

  zoomBy(step) {
    const now = this.scale();
    const next = step > 0 ? STEPS.find((each) => each > now * 1.05) : STEPS.findLast((each) => each < now * 0.95);
    this.zoom = next ?? this.zoom;
    this.fit();
  }

  /** Show a place of the document close up: what a field's button does. */
  async point(place) {
    this.marks.asked = [place];
    this.zoom = Math.min(2, Math.max(this.scale(), (this.stage.clientWidth * 0.6) / Math.max(place.w, 40)));
    await this.show(place.page);
  }

  act(name) {
    const acts = {
      in: () => this.zoomBy(1),
      out: () => this.zoomBy(-1),
      fit: () => { this.zoom = 0; this.fit(); },
      turn: () => { this.turn = (this.turn + 90) % 360; this.fit(); },
      words: () => this.root.classList.toggle("outlined"),
      next: () => this.show(this.number + 1),
      previous: () => this.show(this.number - 1),
    };
    acts[name]();
  }
}

function attach(root, place) {
  const viewer = new Viewer(root);
  root.querySelectorAll("[data-act]").forEach((b) => b.addEventListener("click", () => viewer.act(b.dataset.act)));
  root.querySelectorAll(".thumbs button").forEach((b) => b.addEventListener("click", () => viewer.show(Number(b.dataset.page))));
  place.querySelectorAll("[data-point]").forEach((b) => {
    const point = () => viewer.point(JSON.parse(b.dataset.point));
    b.addEventListener(b.matches("input, select, textarea") ? "focus" : "click", point);
  });
  const resized = () => viewer.zoom || viewer.fit();
  window.addEventListener("resize", resized);
  shown.set(root, resized);
  viewer.show(viewer.number);
}

export function start(place = document) {
  place.querySelectorAll(".viewer").forEach((root) => attach(root, place));
}
