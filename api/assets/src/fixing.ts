// Putting words right where they are read, and keeping one's place when the page's parts change.
import htmx from "htmx.org";
import { byId } from "./player";
import { paragraphs } from "./transcript";

let isWaiting = false; // the call was understood anew while somebody typed

export function openFix(link: HTMLAnchorElement): void {
  const paragraph = link.closest<HTMLElement>(".para");
  if (!paragraph) return;
  leaveFix();
  const place = { target: paragraph, select: "#fix", swap: "beforeend" } as const;
  void htmx.ajax("get", link.getAttribute("href") ?? "", place).then(() => {
    const text = paragraph.querySelector("textarea");
    text?.focus();
    text?.setSelectionRange(text.value.length, text.value.length);
  });
}

export function leaveFix(): void {
  const form = byId("fix");
  const paragraph = form?.closest(".para");
  form?.remove();
  paragraph?.querySelector<HTMLElement>(".time")?.focus();
  if (form && isWaiting) {
    isWaiting = false;
    htmx.trigger(document.body, "understood", {});
  }
}

/** Have the parts of the page made anew by a request of the element that knows which they are. */
function renew(path: string): void {
  const place = { source: "#call-fresh", target: "#call-head", select: "#call-head", swap: "outerHTML" } as const;
  void htmx.ajax("post", path, place);
}

let [readAt, readTop]: [string | null, number] = [null, 0];

function notePlace(): void {
  const top = byId("deck")?.getBoundingClientRect().bottom ?? 0;
  const seen = paragraphs().find(({ element }) => element.getBoundingClientRect().bottom > top);
  readAt = seen && scrollY > 0 ? seen.element.id : null;
  readTop = seen?.element.getBoundingClientRect().top ?? 0;
}

function findPlace(): void {
  const element = readAt && byId(readAt);
  if (element) scrollBy({ top: element.getBoundingClientRect().top - readTop, behavior: "instant" });
}

export function listenToFixes(onRenewed: () => void): void {
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const link = target.closest<HTMLAnchorElement>("a.fix");
    if (!link && !target.closest("[data-leave]")) return;
    if (event.ctrlKey || event.metaKey || !byId("said")) return;
    event.preventDefault();
    if (link) openFix(link);
    else leaveFix();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && (event.target as Element).closest("#fix")) leaveFix();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (!form.closest("#notice") || !form.action.includes("/corrections/") || !byId("call-fresh")) return;
    event.preventDefault();
    renew(new URL(form.action).pathname);
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if ((event.target as Element).id !== "call-fresh" || !byId("fix")) return;
    event.preventDefault();
    isWaiting = true;
  });
  const isHead = (event: Event) => (event as CustomEvent<{ target?: Element }>).detail.target?.id === "call-head";
  document.addEventListener("htmx:beforeSwap", (event) => isHead(event) && notePlace());
  document.addEventListener("htmx:afterSwap", (event) => {
    if (!isHead(event)) return;
    requestAnimationFrame(() => {
      findPlace();
      onRenewed();
    });
  });
}
