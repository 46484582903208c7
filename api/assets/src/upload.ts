// The page of adding calls: files become rows, rows are sent, and a meeting in the room is
// recorded. The form that is there without scripts takes the same files in one go.
import { recorderOn } from "./recorder";
import { Rows } from "./rows";

const page = document.querySelector<HTMLElement>("#upload");

function start(place: HTMLElement): void {
  const rows = new Rows(place);
  const choose = place.querySelector<HTMLFormElement>("#choose");
  const input = place.querySelector<HTMLInputElement>("#files");
  for (const one of place.querySelectorAll<HTMLElement>("[data-scripted]")) one.hidden = false;
  choose?.addEventListener("submit", (event) => event.preventDefault());
  input?.addEventListener("change", () => {
    void rows.add([...(input.files ?? [])]);
    input.value = "";
  });
  acceptDrops(choose, (files) => void rows.add(files));
  recorderOn(place, rows);
}

// Files may be let go of anywhere on the page; elsewhere the browser would open them.
function acceptDrops(zone: HTMLElement | null, take: (files: File[]) => void): void {
  let depth = 0;
  const over = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
  const show = (): void => {
    zone?.toggleAttribute("data-over", depth > 0);
  };
  document.addEventListener("dragenter", (event) => {
    if (over(event)) depth += 1;
    show();
  });
  document.addEventListener("dragleave", (event) => {
    if (over(event)) depth = Math.max(0, depth - 1);
    show();
  });
  document.addEventListener("dragover", (event) => {
    if (over(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!over(event)) return;
    event.preventDefault();
    depth = 0;
    show();
    take([...(event.dataTransfer?.files ?? [])]);
  });
}

if (page) start(page);
