// Keys for the whole page; fields and buttons keep their own. They can be turned off.
import { byId } from "./player";

const KEPT = "talktrack-keys";
type Acts = Record<string, () => void>;

/** Whether the focused element has a use of its own for a key. */
function isTaken(element: HTMLElement, key: string): boolean {
  if (element.id === "seek") return false;
  if (element.matches("input, select, textarea, [contenteditable]") || element.closest("dialog")) return true;
  return key === " " && element.matches("button, summary, a");
}

export function listenToKeys(acts: Acts): void {
  const use = byId<HTMLInputElement>("use-keys");
  if (use) {
    use.checked = localStorage.getItem(KEPT) !== "off";
    use.addEventListener("change", () => localStorage.setItem(KEPT, use.checked ? "on" : "off"));
  }
  const dialog = byId<HTMLDialogElement>("keys");
  byId("keys-help")?.addEventListener("click", () => dialog?.showModal());
  // Before the listeners of every page: "/" is for this call here.
  document.addEventListener("keydown", (event) => onKey(event, { "?": () => dialog?.showModal(), ...acts }), true);
}

function onKey(event: KeyboardEvent, acts: Acts): void {
  const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!byId("call") || localStorage.getItem(KEPT) === "off" || isTaken(event.target as HTMLElement, event.key)) return;
  event.preventDefault();
  act();
}
