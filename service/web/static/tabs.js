// Tabs of one page: the chosen one stands in the address after `#`, so that it can be sent and comes back.
function choose(group, id) {
  for (const tab of group.querySelectorAll("[role=tab]")) {
    const on = tab.getAttribute("aria-controls") === id;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
    document.getElementById(tab.getAttribute("aria-controls")).hidden = !on;
  }
}

function attach(group) {
  const tabs = [...group.querySelectorAll("[role=tab]")];
  const panels = tabs.map((tab) => tab.getAttribute("aria-controls"));
  for (const tab of tabs) {
    tab.addEventListener("click", () => {
      choose(group, tab.getAttribute("aria-controls"));
      history.replaceState(null, "", `#${tab.getAttribute("aria-controls")}`);
    });
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
      next.click();
      next.focus();
    });
  }
  const asked = location.hash.slice(1);
  choose(group, panels.includes(asked) ? asked : panels[0]);
}

export function start() {
  document.querySelectorAll("[role=tablist]").forEach(attach);
}
