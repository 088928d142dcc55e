// What was dropped, as a flat list of files with the path each had in its folder.

const entriesOf = (reader) => new Promise((resolve, reject) => reader.readEntries(resolve, reject));
const fileOf = (entry) => new Promise((resolve, reject) => entry.file(resolve, reject));

async function* walk(entry, path) {
  if (entry.isFile) {
    yield { file: await fileOf(entry), path: path + entry.name };
    return;
  }
  const reader = entry.createReader();
  // A reader gives at most a hundred entries a call, and an empty list at the end.
  for (let some = await entriesOf(reader); some.length > 0; some = await entriesOf(reader)) {
    for (const child of some) yield* walk(child, `${path}${entry.name}/`);
  }
}

const wanted = ({ file }) => !file.name.startsWith(".") && file.name !== "Thumbs.db";

/** Files of a drop, folders opened. Entries are taken at once: the browser takes them back after the event. */
export async function filesOf(transfer) {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const taken = items.map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const files = [];
  for (const { entry, file } of taken) {
    if (entry) for await (const found of walk(entry, "")) files.push(found);
    else if (file) files.push({ file, path: file.name });
  }
  return files.filter(wanted);
}

/** Files of an `<input type=file>`, with or without `webkitdirectory`. */
export const filesChosen = (input) =>
  [...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name })).filter(wanted);
