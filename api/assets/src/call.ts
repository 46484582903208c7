// The page of a call: recording, words and findings in step with one another.
import { search, startSearch } from "./finding";
import { takeTimes } from "./findings";
import { listenToFixes, openFix } from "./fixing";
import { listenToKeys } from "./keys";
import { byId, clock, startPlayer, type Player } from "./player";
import { say } from "./saying";
import { bringIntoView, followAlong, markPlace, placeAt, secondUnder } from "./transcript";

const BEFORE_S = 1; // a word is understood from what comes before
let player: Player | null = null;
let isStarted = false;
let readAt = 0; // where one is in a call without a recording

/** Hear what is said at a second; where nothing plays, go to its words. */
function hear(at: number, until = Infinity): void {
  if (player) {
    player.go(at - BEFORE_S, until);
    player.start();
    return;
  }
  readAt = at;
  const place = placeAt(at);
  markPlace(place);
  if (!place) return;
  showTab("transcript");
  bringIntoView(place.paragraph.element);
}

const now = () => player?.now() ?? readAt - BEFORE_S;

function onClick(event: MouseEvent): void {
  const target = event.target as Element;
  if (event.ctrlKey || event.metaKey || event.shiftKey || !byId("transcript")) return;
  const tab = target.closest<HTMLElement>("[data-tab]");
  const played = target.closest<HTMLElement | SVGElement>("[data-play]");
  if (tab) {
    event.preventDefault();
    showTab(tab.dataset.tab ?? "");
  } else if (played) {
    event.preventDefault(); // it is a link, for when nothing plays
    hear(Number(played.dataset.play), Number(played.dataset.until ?? Infinity));
  } else if (target.closest("#tracks") && player) {
    seekUnder(event);
  } else if (!target.closest("a, button, form")) {
    hearWord(event);
  }
}

function hearWord(event: MouseEvent): void {
  const at = player && getSelection()?.isCollapsed ? secondUnder(event) : null;
  if (at !== null) hear(at);
}

function seekUnder(event: MouseEvent): void {
  const box = document.querySelector(".lane")?.getBoundingClientRect();
  const share = box ? (event.clientX - box.left) / box.width : -1;
  if (share >= 0 && share <= 1) player?.go(share * Number(byId("player")?.dataset.length));
}

/** On a phone transcript and findings are tabs. */
function showTab(name: string): void {
  const columns = document.querySelector<HTMLElement>(".call-columns");
  if (columns) columns.dataset.shows = name;
  for (const tab of document.querySelectorAll<HTMLElement>("[data-tab]")) {
    if (tab.dataset.tab === name) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  }
}

function showTarget(): void {
  const target = location.hash.length > 1 ? byId(location.hash.slice(1)) : null;
  if (!target) return;
  showTab(target.closest("#call-side") ? "findings" : "transcript");
  target.scrollIntoView();
}

function nextMoment(direction: 1 | -1): void {
  const moments = [...document.querySelectorAll<SVGElement>("#tracks [data-moment]")]
    .map((mark) => ({ at: Number(mark.dataset.play), label: mark.dataset.moment ?? "" }))
    .sort((a, b) => a.at - b.at);
  const at = now() + BEFORE_S;
  const found = direction > 0 ? moments.find((one) => one.at > at + 0.05) : moments.filter((one) => one.at < at - 0.5).pop();
  if (!found) return;
  hear(found.at);
  say(found.label);
}

function fixHere(): void {
  const focused = document.activeElement?.closest<HTMLElement>(".para");
  const paragraph = focused ?? placeAt(Math.max(now(), 0))?.paragraph.element ?? document.querySelector(".para");
  const link = paragraph?.querySelector<HTMLAnchorElement>("a.fix");
  if (!paragraph || !link) return;
  showTab("transcript");
  bringIntoView(paragraph);
  openFix(link);
}

function commentHere(): void {
  const [at, text] = [byId<HTMLInputElement>("comment-at"), byId("comment-text")];
  showTab("findings");
  if (at) at.value = clock(Math.max(player ? now() : readAt, 0));
  text?.focus();
}

function start(): void {
  if (!byId("transcript")) return;
  isStarted = true;
  const deck = byId("deck");
  if (deck) {
    const measure = new ResizeObserver(() => document.documentElement.style.setProperty("--deck", `${deck.offsetHeight}px`));
    measure.observe(deck);
  }
  player = startPlayer();
  if (player) followAlong(player);
  startSearch();
  listenToKeys({
    ...(player ? { " ": player.toggle, ArrowLeft: () => player?.skip(-5), ArrowRight: () => player?.skip(5) } : {}),
    "/": () => byId("query")?.focus(),
    j: () => nextMoment(1),
    k: () => nextMoment(-1),
    e: fixHere,
    c: commentHere,
  });
  startAt();
}

function startAt(): void {
  const at = byId("player")?.dataset.at;
  showTarget();
  if (at === undefined) return;
  const place = placeAt(Number(at));
  if (place) bringIntoView(place.paragraph.element);
  hear(Number(at));
}

document.addEventListener("click", onClick);
window.addEventListener("hashchange", showTarget);
takeTimes(() => Math.max(player ? player.now() : readAt, 0));
listenToFixes(() => {
  if (byId<HTMLInputElement>("query")?.value) search(false);
  const place = placeAt(player ? player.now() : readAt);
  markPlace((player ? player.now() : readAt) > 0 ? place : null);
});
start();
// The call was heard meanwhile: its page took the place of the progress.
document.addEventListener("htmx:afterSwap", () => {
  if (!isStarted) start();
});
