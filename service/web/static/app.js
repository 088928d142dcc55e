// Everything that runs on every page.
import * as desk from "./desk.js";
import * as dialogs from "./dialogs.js";
import * as drop from "./drop.js";
import * as forms from "./forms.js";
import * as keys from "./keys.js";
import * as tables from "./tables.js";
import * as tabs from "./tabs.js";
import * as tray from "./tray.js";
import * as viewer from "./viewer.js";
import * as queue from "./queue.js";

for (const part of [forms, tables, tabs, keys, dialogs, tray, drop, viewer, queue]) part.start();
desk.start((place) => [forms, viewer].forEach((part) => part.start(place)));
