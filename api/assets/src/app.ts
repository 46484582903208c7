// What every page has: parts that are put in place of old ones, menus, questions before what
// cannot be taken back, and what went wrong on the way.
import htmx from "htmx.org";
import { askFirst } from "./asking";
import { copy, seek, showCopying } from "./copying";
import { closeMenus } from "./menus";
import { say } from "./saying";
import { guessZones } from "./zones";

declare global {
  interface Window {
    htmx: typeof htmx;
  }
}
window.htmx = htmx;

document.addEventListener("submit", askFirst, true); // before htmx, which listens on the form
document.addEventListener("click", closeMenus);
document.addEventListener("click", copy);
document.addEventListener("click", seek);
showCopying();
guessZones();
document.addEventListener("htmx:afterSwap", () => showCopying());
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeMenus(event);
  const isTyping = (event.target as HTMLElement).matches("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !isTyping && !event.defaultPrevented) {
    event.preventDefault();
    document.querySelector<HTMLInputElement>(".find input")?.focus();
  }
});

document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail;
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  say(page.querySelector<HTMLElement>("[data-problem]")?.dataset.problem ?? xhr.statusText, "wrong");
});
document.addEventListener("htmx:sendError", () => {
  say(document.body.dataset.unreachable ?? "Talktrack cannot be reached", "wrong");
});
// A change whose answer is a part of a page says what was done as a whole page would.
document.addEventListener("htmx:afterRequest", (event) => {
  const { xhr, successful } = (event as CustomEvent<{ xhr: XMLHttpRequest; successful: boolean }>).detail;
  if (!successful || !xhr.responseText.includes('class="notice"')) return;
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  const notice = page.querySelector("#notice .notice");
  const place = document.querySelector("#notice");
  if (notice && place) {
    place.replaceChildren(notice);
    htmx.process(place);
  }
});
