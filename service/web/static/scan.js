// One page of a document, or two side by side, on a stage. OpenSeadragon draws the tiles of our own image service; a
// drawing over it holds words and marks in page pixels and moves with them, so that the browser selects and copies.
const SVG = "http://www.w3.org/2000/svg";
const MARGIN = 12;
const STEPS = [0.1, 0.15, 0.25, 0.33, 0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3, 4];
const GAP = 0.02;
const SETTINGS = {
  drawer: "canvas", showNavigationControl: false, keyboardNavEnabled: false, tabIndex: "", animationTime: 0.2,
  visibilityRatio: 0.5, minZoomImageRatio: 0.05, maxZoomPixelRatio: 8, imageLoaderLimit: 4,
  gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true, scrollToZoom: false },
};

/** OpenSeadragon would write a style into the head, which our policy forbids. It looks for its own first, and finds this. */
function inPlaceOfItsStyle() {
  if (document.querySelector("style[data-openseadragon-mobile-css]")) return;
  const nothing = document.createElementNS("urn:anjuan", "style");
  nothing.setAttribute("data-openseadragon-mobile-css", "");
  document.head.append(nothing);
}

export function svg(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

const fetched = new Map();

/** The tile of a page that shows all of it: the first that is asked for, and enough to begin with. */
function whole(service) {
  const tile = service.tiles[0];
  const factor = tile.scaleFactors.find((each) => tile.width * each >= service.width && tile.height * each >= service.height);
  const size = factor > 1 ? `${Math.ceil(service.width / factor)},` : "max";
  return `${service.id}/full/${size}/0/default.jpg`;
}

/** Fetch the whole of a page before it is shown. */
export function ahead(service) {
  const image = new Image();
  image.src = whole(service);
  fetched.clear();
  fetched.set(image.src, image);
}

/** The tiles of a page; one that was fetched ahead is taken as it is. */
function tiles(service) {
  const source = new OpenSeadragon.IIIFTileSource({ "@context": "http://iiif.io/api/image/3/context.json", ...service });
  const download = source.downloadTileStart;
  source.downloadTileStart = (job) => {
    const ready = fetched.get(new URL(job.src, location).href);
    fetched.delete(ready?.src);
    if (ready?.complete && ready.naturalWidth) job.finish(ready, null, "image");
    else download.call(source, job);
  };
  return source;
}

export class Scan {
  /** `missing` is told when an image does not come. */
  constructor(stage, missing) {
    this.stage = stage;
    this.pages = [];
    this.turn = 0;
    this.fitting = true;
    const place = document.createElement("div");
    place.className = "tiles";
    this.drawing = svg("svg", { class: "over" });
    stage.append(place, this.drawing);
    inPlaceOfItsStyle();
    this.osd = new OpenSeadragon.Viewer({ element: place, ...SETTINGS });
    this.osd.addHandler("update-viewport", () => this.follow());
    this.osd.addHandler("resize", () => this.fitting && this.fit());
    this.osd.addHandler("tile-load-failed", missing);
    this.first = new Promise((seen) => {
      this.osd.addHandler("tile-drawn", () => this.drawn(seen));
      setTimeout(seen, 2000);
    });
    stage.addEventListener("wheel", (event) => this.wheeled(event), { passive: false });
  }

  /** The picture that stood here before the scripts came gives way to the first tile. */
  drawn(seen) {
    if (this.stage.dataset.seen) return;
    this.stage.dataset.seen = String(Math.round(performance.now()));
    this.stage.querySelector(".first")?.remove();
    seen();
  }

  /** Show pages `[{number, width, height, service}]` side by side; resolves when they have their place. */
  show(pages) {
    this.pages = pages;
    delete this.stage.dataset.seen;
    this.layers = pages.map(() => svg("g", { class: "layer" }));
    this.drawing.replaceChildren(...this.layers);
    const high = pages[0].height / pages[0].width;
    let x = 0;
    const placed = pages.map((page) => {
      const width = (high * page.width) / page.height;
      const at = { tileSource: tiles(page.service), x, y: 0, width };
      x += width + GAP;
      return at;
    });
    this.size = { w: x - GAP, h: high };
    const before = this.fitting ? null : this.osd.viewport?.getZoom();
    return new Promise((done) => {
      this.osd.addOnceHandler("open", () => {
        this.osd.viewport.setRotation(this.turn, true);
        this.fit();
        if (before) this.zoomTo(before);
        this.follow();
        done();
      });
      this.osd.open(placed);
    });
  }

  /** The pages as wide as the stage, their head at its top; two pages are seen whole. */
  fit() {
    const { viewport } = this.osd;
    if (!viewport || !this.pages.length) return;
    this.fitting = true;
    const stage = viewport.getContainerSize();
    const [w, h] = this.turn % 180 ? [this.size.h, this.size.w] : [this.size.w, this.size.h];
    const wide = (w * stage.x) / Math.max(1, stage.x - 2 * MARGIN);
    const high = this.pages.length > 1 ? ((h * stage.y) / Math.max(1, stage.y - 2 * MARGIN)) * (stage.x / stage.y) : 0;
    viewport.zoomTo(1 / Math.max(wide, high), null, true);
    const view = viewport.getBoundsNoRotate(true);
    const above = Math.max(0, (h - view.height) / 2 + (view.width * MARGIN) / stage.x);
    viewport.panTo(this.lifted(new OpenSeadragon.Point(this.size.w / 2, this.size.h / 2), 0, -above), true);
  }

  /** A place moved on the screen, whichever way the page is turned. */
  lifted(point, right, down) {
    return point.plus(new OpenSeadragon.Point(right, down).rotate(-this.turn));
  }

  turned() {
    this.turn = (this.turn + 90) % 360;
    this.osd.viewport.setRotation(this.turn, true);
    this.fit();
  }

  zoomTo(zoom) {
    this.fitting = false;
    this.osd.viewport.zoomTo(zoom, null, true);
  }

  /** One step larger (1) or smaller (-1); 1 is a pixel of the page on a pixel of the screen. */
  step(way) {
    const { viewport } = this.osd;
    const image = this.osd.world.getItemAt(0);
    const now = image.viewportToImageZoom(viewport.getZoom(true));
    const next = way > 0 ? STEPS.find((each) => each > now * 1.05) : STEPS.findLast((each) => each < now * 0.95);
    if (next) this.zoomTo(image.imageToViewportZoom(next));
  }

  /** Bring a place of a page into view; `close`: large enough to read it. */
  reveal(index, place, close) {
    const image = this.osd.world.getItemAt(index);
    if (!image) return;
    const { viewport } = this.osd;
    if (close) {
      const wide = (viewport.getContainerSize().x * 0.6) / Math.max(place.w, 40);
      const now = image.viewportToImageZoom(viewport.getZoom(true));
      this.zoomTo(image.imageToViewportZoom(Math.min(2, Math.max(now, wide))));
    }
    const at = image.imageToViewerElementCoordinates(new OpenSeadragon.Point(place.x + place.w / 2, place.y + place.h / 2));
    const stage = viewport.getContainerSize();
    const away = new OpenSeadragon.Point(off(at.x, stage.x), off(at.y, stage.y));
    if (away.x || away.y) this.pan(away.x, away.y);
  }

  /** Move the view by pixels of the screen. */
  pan(right, down) {
    const { viewport } = this.osd;
    const way = viewport.deltaPointsFromPixelsNoRotate(new OpenSeadragon.Point(right, down), true).rotate(-this.turn);
    viewport.panTo(viewport.getCenter(true).plus(way), true);
    viewport.applyConstraints(true);
  }

  /** The wheel moves the page as it moves every page; with Ctrl it zooms. */
  wheeled(event) {
    event.preventDefault();
    if (event.ctrlKey) this.step(event.deltaY < 0 ? 1 : -1);
    else this.pan(event.deltaX, event.deltaY * (event.deltaMode ? 24 : 1));
  }

  /** Words and marks lie where their page lies. */
  follow() {
    this.layers?.forEach((layer, index) => {
      const image = this.osd.world.getItemAt(index);
      if (!image) return;
      const at = (x, y) => image.imageToViewerElementCoordinates(new OpenSeadragon.Point(x, y));
      const [zero, right, down] = [at(0, 0), at(1000, 0), at(0, 1000)];
      const [a, b, c, d] = [right.x - zero.x, right.y - zero.y, down.x - zero.x, down.y - zero.y].map((each) => each / 1000);
      layer.setAttribute("transform", `matrix(${a} ${b} ${c} ${d} ${zero.x} ${zero.y})`);
    });
  }

  close() {
    this.osd.destroy();
  }
}

/** How far a place is from where it is seen well; nothing while it is. */
const off = (at, side) => (at < side * 0.08 || at > side * 0.92 ? at - side / 2 : 0);
