// What the page's head says about itself: addresses and the token that proves that a form is ours.
export const meta = (name) => document.querySelector(`meta[name="anjuan-${name}"]`)?.content ?? "";

/** Headers of a request that changes something. */
export const guarded = (headers = {}) => ({ "X-CSRF-Token": meta("csrf"), ...headers });

/** A random version 4 UUID; `crypto.randomUUID` is missing where an office reaches the service without TLS. */
export function uuid() {
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6] & 0x0f) | 0x40;
  b[8] = (b[8] & 0x3f) | 0x80;
  const hex = [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** An element with text and children; never from a string of markup. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
