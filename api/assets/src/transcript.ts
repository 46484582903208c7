// Words and recording in step. Words are no elements: an hour has 9,000. A paragraph tells when
// each of its words begins; which word is meant is found by counting blanks.
import type { Player } from "./player";
import { byId } from "./player";

export interface Paragraph {
  element: HTMLElement;
  start: number;
}

/** Where a word is: its paragraph, and which of its words. */
export interface Place {
  paragraph: Paragraph;
  word: number;
}

interface Words {
  starts: number[];
  /** Where each word begins in the text, and after the last one where it ends. */
  edges: number[];
}

let root: Element | null = null;
let listed: Paragraph[] = [];
const read = new WeakMap<HTMLElement, Words>();

/** All paragraphs in order of time, of the transcript that is there now. */
export function paragraphs(): Paragraph[] {
  const said = byId("said");
  if (said !== root) {
    root = said;
    listed = [...(said?.querySelectorAll<HTMLElement>(".para") ?? [])]
      .map((element) => ({ element, start: parseInt(element.dataset.t ?? "0", 10) / 100 }))
      .sort((a, b) => a.start - b.start);
  }
  return listed;
}

export const textOf = (element: HTMLElement) => element.querySelector("p") as HTMLElement;

export function wordsOf({ element }: Paragraph): Words {
  let words = read.get(element);
  if (!words) {
    let at = 0;
    const starts = (element.dataset.t ?? "").split(" ").map((step) => (at += Number(step)) / 100);
    const text = textOf(element).textContent ?? "";
    const edges = [0];
    for (let blank = text.indexOf(" "); blank >= 0; blank = text.indexOf(" ", blank + 1)) edges.push(blank + 1);
    words = { starts, edges };
    read.set(element, words);
  }
  return words;
}

/** Index of the last of some numbers that is not above another, -1 when all are. */
function lastUpTo(numbers: ArrayLike<number>, most: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] as number) <= most) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The word being said at a second. */
export function placeAt(at: number): Place | null {
  const all = paragraphs();
  const paragraph = all[lastUpTo(all.map((one) => one.start), at + 0.02)];
  if (!paragraph) return null;
  return { paragraph, word: Math.max(lastUpTo(wordsOf(paragraph).starts, at + 0.02), 0) };
}

/** From the start of a word to the end of another, without the blank behind. */
export function rangeOf(paragraph: Paragraph, first: number, last = first): Range {
  const { edges } = wordsOf(paragraph);
  const range = document.createRange();
  const [startAt, endAt] = [edges[first] ?? 0, (edges[last + 1] ?? 1) - 1];
  const nodes = document.createTreeWalker(textOf(paragraph.element), NodeFilter.SHOW_TEXT);
  let passed = 0;
  let [hasStart, hasEnd] = [false, false];
  for (let node = nodes.nextNode(); node && !hasEnd; node = nodes.nextNode()) {
    const length = node.textContent?.length ?? 0;
    if (!hasStart && startAt < passed + length) {
      range.setStart(node, startAt - passed);
      hasStart = true;
    }
    if (hasStart && endAt <= passed + length) {
      range.setEnd(node, Math.max(endAt - passed, 0));
      hasEnd = true;
    }
    passed += length;
  }
  return range;
}

/** Highlights are drawn by the browser without changing the page; older ones do without. */
export function highlight(name: string, ranges: Range[]): void {
  if (!("highlights" in CSS)) return;
  if (ranges.length) CSS.highlights.set(name, new Highlight(...ranges));
  else CSS.highlights.delete(name);
}

/** When the word under the pointer is said. */
export function secondUnder(event: MouseEvent): number | null {
  const element = (event.target as Element).closest<HTMLElement>(".para");
  const paragraph = element && paragraphs().find((one) => one.element === element);
  if (!paragraph || !(event.target as Element).closest(".para > p")) return null;
  const caret = caretUnder(event);
  if (!caret) return paragraph.start;
  const before = document.createRange();
  before.setStart(textOf(paragraph.element), 0);
  before.setEnd(caret.node, caret.offset);
  const { starts, edges } = wordsOf(paragraph);
  const word = Math.min(lastUpTo(edges, before.toString().length), starts.length - 1);
  return starts[word] ?? paragraph.start;
}

function caretUnder({ clientX, clientY }: MouseEvent): { node: Node; offset: number } | null {
  if ("caretPositionFromPoint" in document) {
    const found = document.caretPositionFromPoint(clientX, clientY);
    return found && { node: found.offsetNode, offset: found.offset };
  }
  const range = (document as Document).caretRangeFromPoint(clientX, clientY);
  return range && { node: range.startContainer, offset: range.startOffset };
}

/** Bring an element between what sticks above and the foot of the window. */
export function bringIntoView(element: Element, tries = 3): void {
  const box = element.getBoundingClientRect();
  const top = (byId("deck")?.getBoundingClientRect().bottom ?? 0) + 8;
  if (box.top >= top && box.bottom < innerHeight * 0.85) return;
  const by = box.top - top - (innerHeight - top) / 5;
  const isFar = Math.abs(by) > innerHeight || matchMedia("(prefers-reduced-motion: reduce)").matches;
  scrollBy({ top: by, behavior: isFar ? "instant" : "smooth" });
  // What was out of view is laid out only now, and may be higher than was thought.
  if (isFar && tries > 0) requestAnimationFrame(() => requestAnimationFrame(() => bringIntoView(element, tries - 1)));
}

/** Mark a place, as when it is being said. */
export function markPlace(place: Place | null): void {
  const element = place?.paragraph.element ?? null;
  const before = document.querySelector(".para.now");
  if (before !== element) {
    before?.classList.remove("now");
    element?.classList.add("now");
  }
  highlight("spoken", place ? [rangeOf(place.paragraph, place.word)] : []);
}

/** Mark the word being said, and keep it in view until whoever reads scrolls away. */
export function followAlong(player: Player): void {
  const button = byId("follow");
  const follows = () => button?.getAttribute("aria-pressed") === "true";
  const setFollow = (on: boolean) => button?.setAttribute("aria-pressed", String(on));
  let spoken: Place | null = null;
  button?.addEventListener("click", () => setFollow(!follows()));
  for (const name of ["wheel", "touchmove"]) {
    document.addEventListener(name, (event) => (event.target as Element).closest(".transcript") && setFollow(false), { passive: true });
  }
  player.watch((at, isPlaying) => {
    const place = at > 0 ? placeAt(at) : null;
    const isSame = place?.word === spoken?.word && place?.paragraph === spoken?.paragraph;
    if (isSame) return;
    const isNew = place?.paragraph !== spoken?.paragraph;
    spoken = place;
    markPlace(place);
    if (place && isNew && isPlaying && follows()) bringIntoView(place.paragraph.element);
  });
}
