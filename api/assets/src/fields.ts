// What is told of a call in its row: what is wrong with it, and the people of a deal just chosen.
import { parsed, post } from "./answers";

// The fields with what is wrong beside each.
export function mend(row: HTMLElement, html: string): void {
  row.querySelector(".upload-fields")!.replaceWith(parsed(html));
  window.htmx.process(row);
  askPeople(row);
  row.querySelector<HTMLElement>("[aria-invalid]")?.focus();
}

// When a deal is chosen its people come, unless somebody wrote others meanwhile.
export function askPeople(row: HTMLElement): void {
  row.querySelector("[name=deal]")!.addEventListener("change", () => void fillPeople(row));
}

async function fillPeople(row: HTMLElement): Promise<void> {
  const answer = await post("/upload/people", new FormData(row.querySelector("form")!)).catch(() => null);
  if (!answer) return;
  const found = parsed(await answer.text());
  const [theirs, old] = [fieldOf(found), fieldOf(row)];
  if (old.contains(document.activeElement)) return;
  old.replaceWith(theirs);
  for (const one of [".upload-counts", "[data-guessed]"]) row.querySelector(one)!.replaceWith(found.querySelector(one)!);
}

const fieldOf = (place: ParentNode): Element => place.querySelector("[name=theirs]")!.closest(".field")!;

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

// Carry what somebody wrote from one row to another of the same file.
export function keepWritten(from: HTMLElement, to: HTMLElement): void {
  to.querySelector("details")!.open = from.querySelector("details")!.open;
  for (const old of from.querySelectorAll<Field>("[data-written]")) {
    const now = to.querySelector<Field>(`[name="${old.name}"]`);
    if (!now) continue;
    now.value = old.value;
    now.dataset.written = "";
    if (old instanceof HTMLInputElement && now instanceof HTMLInputElement) now.checked = old.checked;
  }
}
