// The upload queue's memory: one IndexedDB database for each person, so that leaving a page loses nothing.
import { meta } from "./settings.js";

const STORE = "files";
const name = () => `anjuan-uploads-${meta("person")}`;

const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

let opened;
function database() {
  opened ??= (() => {
    const request = indexedDB.open(name(), 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
    return settled(request);
  })();
  return opened;
}

async function within(mode, work) {
  const transaction = (await database()).transaction(STORE, mode);
  return settled(work(transaction.objectStore(STORE)));
}

export const all = () => within("readonly", (store) => store.getAll());
export const get = (key) => within("readonly", (store) => store.get(key));
export const put = (item) => within("readwrite", (store) => store.put(item));
export const remove = (key) => within("readwrite", (store) => store.delete(key));

/** Forget every waiting file, of whoever: what signing out does on a shared computer. */
export async function forget() {
  (await opened)?.close();
  opened = undefined;
  const names = (await indexedDB.databases?.()) ?? [{ name: name() }];
  for (const each of names) if (each.name?.startsWith("anjuan-uploads-")) indexedDB.deleteDatabase(each.name);
}
