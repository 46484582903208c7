// Keys for the whole page; fields and buttons keep their own.

const KEYS = {
  " ": () => player.toggle(),
  ArrowLeft: () => player.skip(-5),
  ArrowRight: () => player.skip(5),
  "/": () => byId("query").focus(),
};

/** Whether the focused element has a use of its own for a key. */
function isTaken(element, key) {
  if (element.id === "seek") return false;
  if (element.matches("input, select, textarea")) return true;
  return key === " " && element.matches("button, summary, a");
}

function onKey(event) {
  const act = KEYS[event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!byId("use-keys").checked || isTaken(event.target, event.key)) return;
  event.preventDefault();
  act();
}

if (player) {
  byId("keys").hidden = false;
  document.addEventListener("keydown", onKey);
}

// An open bubble closes like any other: a click elsewhere, or Escape.
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll(".person[open]"))
    if (!open.contains(event.target)) open.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const open of document.querySelectorAll(".person[open]")) open.open = false;
});
