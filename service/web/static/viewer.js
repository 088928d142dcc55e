// The page viewer: pages large, one or two at once, zoomed and turned; words to select, hits and the box in question
// outlined, from hit to hit across pages. How pages are drawn is the business of scan.js.
import { Scan, ahead, svg } from "./scan.js";
import { make } from "./settings.js";
import { say } from "./words.js";

const FLICK = 80;
const shown = new WeakMap();
const box = ({ x, y, w, h }, grow = 0) => svg("rect", { x: x - grow, y: y - grow, width: w + 2 * grow, height: h + 2 * grow, rx: 2 });
const told = (root, name) => JSON.parse(root.querySelector(`[data-${name}]`)?.textContent ?? "null");

/** Words that stand on one line, in reading order: what is copied is a line, not a column of characters. */
function lines(words) {
  const made = [];
  for (const item of words) {
    const last = made.at(-1)?.at(-1);
    const middle = item.y + item.h / 2;
    const goes = last && item.x >= last.x && middle > last.y && middle < last.y + last.h;
    if (goes) made.at(-1).push(item);
    else made.push([item]);
  }
  return made;
}

const latin = (text) => /^[\x21-\x7e]+$/.test(text);

function line(words) {
  const text = svg("text", {});
  words.forEach((item, at) => {
    const before = words[at - 1];
    const apart = before && latin(before.text) && latin(item.text) && item.x - before.x - before.w > item.h * 0.2;
    const part = svg("tspan", { x: item.x, y: item.y + item.h * 0.82, "font-size": item.h * 0.9, textLength: Math.max(1, item.w), lengthAdjust: "spacingAndGlyphs" });
    part.textContent = (apart ? " " : "") + item.text;
    text.append(part);
  });
  return text;
}

/** Fetch the first page of a viewer that is not shown yet. */
export function keep(root) {
  const page = root && told(root, "pages")[0];
  if (page?.service) ahead(page.service);
}

/** A viewer that is taken away draws no more. */
export const release = (root) => root && shown.get(root)?.scan.close();

class Viewer {
  constructor(root) {
    this.root = root;
    this.pages = told(root, "pages");
    this.marks = { hits: [], asked: [], ...told(root, "marks") };
    this.stage = root.querySelector(".stage");
    this.number = this.known(Number(root.dataset.page)) ? Number(root.dataset.page) : 1;
    this.hit = -1;
    this.two = false;
    this.words = new Map();
    this.scan = new Scan(this.stage, () => this.stage.dataset.seen || this.stage.append(make("p", { class: "empty" }, say("viewer.no_image"))));
  }

  known(number) {
    return this.pages.some((page) => page.number === number);
  }

  /** The pages on the stage: the one that is looked at and, where two are wanted, the next. */
  open() {
    const at = this.pages.findIndex((page) => page.number === this.number);
    return this.pages.slice(at, at + (this.two ? 2 : 1));
  }

  async show(number) {
    if (!this.known(number)) return;
    this.number = number;
    this.root.querySelectorAll(".thumbs button").forEach((b) => b.setAttribute("aria-current", String(Number(b.dataset.page) === number)));
    this.root.querySelector(".thumbs [aria-current=true]")?.scrollIntoView({ block: "nearest" });
    this.count();
    this.stage.querySelector(".empty")?.remove();
    const open = this.open().filter((page) => page.service);
    if (!open.length) return this.stage.append(make("p", { class: "empty" }, say("viewer.no_image")));
    await this.scan.show(open);
    if (this.number !== number) return;
    this.outline();
    this.reveal();
    this.root.dispatchEvent(new CustomEvent("page", { detail: number, bubbles: true }));
    await Promise.all(open.map((page, index) => this.write(page, this.scan.layers[index])));
  }

  count() {
    const label = this.root.querySelector("[data-number]");
    if (label) label.textContent = `${this.number}/${this.pages.length}`;
    label?.setAttribute("title", say("viewer.page", { number: this.number, total: this.pages.length }));
    const hits = this.root.querySelector("[data-hit-count]");
    if (!hits) return;
    hits.parentElement.hidden = !this.marks.hits.length;
    hits.textContent = say("viewer.hit", { number: this.hit + 1 || "–", total: this.marks.hits.length });
  }

  outline() {
    this.scan.pages.forEach((page, index) => {
      const layer = this.scan.layers[index];
      layer.querySelectorAll(".hits, .asked").forEach((group) => group.remove());
      for (const name of ["hits", "asked"]) {
        const group = svg("g", { class: name });
        this.marks[name].forEach((each, at) => {
          if (each.page !== page.number) return;
          const outlined = box(each, 3);
          if (name === "hits" && at === this.hit) outlined.classList.add("here");
          group.append(outlined);
        });
        layer.append(group);
      }
    });
  }

  async write(page, layer) {
    const words = this.words.get(page.number) ?? (await this.fetchWords(page.number));
    this.words.set(page.number, words);
    if (!layer.isConnected) return;
    const group = svg("g", { class: "words" });
    group.append(...words.map((item) => box(item)), ...lines(words).map(line));
    layer.append(group);
  }

  async fetchWords(number) {
    if (!this.root.dataset.words) return [];
    const answer = await fetch(this.root.dataset.words.replace("{n}", number), { headers: { Accept: "application/json" } });
    return answer.ok ? answer.json() : [];
  }

  /** The mark that was asked for, else the first of this page. */
  reveal() {
    const mark = this.marks.asked.find((each) => each.page === this.number) ?? this.marks.hits[this.hit] ?? this.marks.hits.find((each) => each.page === this.number);
    const index = this.scan.pages.findIndex((page) => page.number === mark?.page);
    if (index >= 0) this.scan.reveal(index, mark, this.close);
    this.close = false;
  }

  /** Show a place of the document close up: what a field's button does. */
  async point(place) {
    this.marks.asked = [place];
    this.close = true;
    if (place.page === this.number) {
      this.outline();
      this.reveal();
    } else await this.show(place.page);
  }

  /** From hit to hit, from the page that is looked at on, around the end. */
  walk(way) {
    const { hits } = this.marks;
    if (!hits.length) return;
    if (this.hit < 0) {
      const from = way > 0 ? hits.findIndex((each) => each.page >= this.number) : hits.findLastIndex((each) => each.page <= this.number);
      this.hit = from < 0 ? (way > 0 ? 0 : hits.length - 1) : from;
    } else this.hit = (this.hit + way + hits.length) % hits.length;
    this.marks.asked = [];
    const { page } = hits[this.hit];
    if (!this.scan.pages.some((each) => each.number === page)) return this.show(page);
    this.count();
    this.outline();
    this.reveal();
  }

  /** The hits of a long document come after its first page is seen. */
  async fetchHits() {
    let address = this.root.dataset.hits;
    while (address) {
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      const found = answer.ok ? await answer.json() : { hits: [], onward: "" };
      if (found.first) [this.marks.hits, this.hit] = [[], -1];
      this.marks.hits.push(...found.hits);
      this.count();
      this.outline();
      address = found.onward;
    }
  }

  act(name) {
    const acts = {
      in: () => this.scan.step(1),
      out: () => this.scan.step(-1),
      fit: () => this.scan.fit(),
      turn: () => this.scan.turned(),
      words: () => this.root.classList.toggle("outlined"),
      two: () => { this.two = !this.two; this.scan.fitting = true; this.show(this.number); },
      next: () => this.show(this.number + (this.two ? 2 : 1)),
      previous: () => this.show(Math.max(1, this.number - (this.two ? 2 : 1))),
      hit: () => this.walk(1),
      hitback: () => this.walk(-1),
    };
    acts[name]();
  }

  /** On the stage the arrows up and down move the page. */
  pressed(event) {
    const way = { ArrowDown: FLICK, ArrowUp: -FLICK, PageDown: this.stage.clientHeight * 0.9, PageUp: -this.stage.clientHeight * 0.9 }[event.key];
    if (!way || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    this.scan.pan(0, way);
  }
}

function attach(root, place) {
  const viewer = new Viewer(root);
  root.querySelectorAll("[data-act]").forEach((b) => b.addEventListener("click", () => {
    viewer.act(b.dataset.act);
    if (b.hasAttribute("aria-pressed")) b.setAttribute("aria-pressed", String(viewer.two));
  }));
  root.querySelectorAll(".thumbs button").forEach((b) => b.addEventListener("click", () => viewer.show(Number(b.dataset.page))));
  place.querySelectorAll("[data-point]").forEach((b) => {
    const point = () => viewer.point(JSON.parse(b.dataset.point));
    b.addEventListener(b.matches("input, select, textarea") ? "focus" : "click", point);
  });
  viewer.stage.addEventListener("keydown", (event) => viewer.pressed(event));
  shown.set(root, viewer);
  viewer.show(viewer.number).then(() => viewer.fetchHits());
  viewer.scan.first.then(() => root.querySelectorAll(".thumbs img").forEach((image) => (image.src = image.dataset.src)));
}

export function start(place = document) {
  place.querySelectorAll(".viewer").forEach((root) => attach(root, place));
}
