// Search in the call: letters only, so that "reunion" finds "Réunion".
import { byId } from "./player";
import { bringIntoView, highlight, paragraphs, rangeOf, textOf, type Paragraph } from "./transcript";

const MOST = 500;

interface Hit {
  paragraph: Paragraph;
  first: number;
  last: number;
}

const plain = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[’`]/g, "'").toLowerCase();
const readAs = new WeakMap<HTMLElement, string[]>();
let [hits, current]: [Hit[], number] = [[], 0];

function plainWords({ element }: Paragraph): string[] {
  let words = readAs.get(element);
  if (!words) {
    words = (textOf(element).textContent ?? "").trimEnd().split(" ").map(plain);
    readAs.set(element, words);
  }
  return words;
}

/** Every place of a phrase in a paragraph, as the words it touches. */
function* found(paragraph: Paragraph, phrase: string): Generator<Hit> {
  const words = plainWords(paragraph);
  const text = words.join(" ");
  let [word, edge] = [0, 0];
  for (let at = text.indexOf(phrase); at >= 0; at = text.indexOf(phrase, at + phrase.length)) {
    while (edge + (words[word]?.length ?? Infinity) <= at) edge += (words[word++]?.length ?? 0) + 1;
    let [last, end] = [word, edge + (words[word]?.length ?? 0)];
    while (end < at + phrase.length && last < words.length - 1) end += (words[++last]?.length ?? 0) + 1;
    yield { paragraph, first: word, last };
  }
}

function move(to: number): void {
  if (!hits.length) return;
  current = (to + hits.length) % hits.length;
  const hit = hits[current] as Hit;
  highlight("hit-now", [rangeOf(hit.paragraph, hit.first, hit.last)]);
  bringIntoView(hit.paragraph.element);
  tell();
}

function tell(): void {
  const place = byId("hits");
  const query = byId<HTMLInputElement>("query")?.value.trim();
  if (!place) return;
  const counted = (place.dataset.place ?? "").replace("{n}", String(current + 1)).replace("{total}", String(hits.length));
  place.textContent = !query ? "" : hits.length ? counted : (place.dataset.none ?? "");
}

export function search(moves = true): void {
  const phrase = plain(byId<HTMLInputElement>("query")?.value ?? "").trim().replace(/\s+/g, " ");
  hits = [];
  for (const paragraph of phrase ? paragraphs() : []) {
    hits.push(...found(paragraph, phrase));
    if (hits.length >= MOST) break;
  }
  highlight("hit", hits.map((hit) => rangeOf(hit.paragraph, hit.first, hit.last)));
  highlight("hit-now", []);
  current = 0;
  if (moves) move(0);
  tell();
}

export function startSearch(): void {
  const query = byId<HTMLInputElement>("query");
  let waiting = 0;
  query?.addEventListener("input", () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(search, 120);
  });
  query?.addEventListener("keydown", (event) => {
    if (event.key === "Enter") move(current + (event.shiftKey ? -1 : 1));
    if (event.key !== "Escape") return;
    query.value = "";
    search();
    query.blur();
  });
  for (const button of document.querySelectorAll<HTMLElement>("[data-hit]")) {
    button.addEventListener("click", () => move(current + Number(button.dataset.hit)));
  }
}
