// The sentences that scripts show, in the language of the page. The server writes them into the document as data.
const table = JSON.parse(document.getElementById("words").textContent);

/** Whether there is a sentence of that key. */
export const speaks = (key) => table[key] !== undefined;

/** The sentence of a key, `{name}` filled in. An unknown key is a fault of ours and throws. */
export function say(key, values = {}) {
  const sentence = table[key];
  if (sentence === undefined) throw new Error(`no words for ${key}`);
  return sentence.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}
