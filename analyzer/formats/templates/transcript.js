// Words and recording in step: a click plays from a word, playing marks the word.

const words = [...document.querySelectorAll(".words span")]
  .map((element) => ({ element, start: Number(element.dataset.s) }))
  .sort((a, b) => a.start - b.start);

/** Index of the last word that has begun, -1 before the first. */
function wordAt(time) {
  let low = 0, high = words.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (words[middle].start <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function calmly() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
}

/** Height of what stays at the top of the window. */
function stuckAbove() {
  const player = getComputedStyle(document.documentElement).getPropertyValue("--player-height");
  return parseFloat(player) + document.querySelector(".transcript-head").offsetHeight;
}

/** Bring an element between what sticks above and what is fixed below. */
function bringIntoView(element) {
  const box = element.getBoundingClientRect();
  const top = stuckAbove();
  if (box.top > top && box.bottom < innerHeight * 0.8) return;
  scrollBy({ top: box.top - top - (innerHeight - top) / 5, behavior: calmly() });
}

function followAlong() {
  const button = byId("follow");
  const setFollow = (on) => button.setAttribute("aria-pressed", String(on));
  const follows = () => button.getAttribute("aria-pressed") === "true";
  let spoken = null;

  button.addEventListener("click", () => setFollow(!follows()));
  for (const name of ["wheel", "touchmove"])
    document.addEventListener(name, () => setFollow(false), { passive: true });
  // Whoever plays a quote reads on where it stands.
  document.addEventListener("click", (event) => event.target.closest(".quote") && setFollow(false));
  player.watch((time, isPlaying) => {
    const word = words[wordAt(time + 0.02)]?.element ?? null;
    if (word === spoken) return;
    spoken?.classList.remove("spoken");
    word?.classList.add("spoken");
    spoken = word;
    if (word && isPlaying && follows()) bringIntoView(word);
  });
}

/** One listener for every word, time stamp and passage that can be heard. */
function playOnClick(event) {
  const target = event.target.closest("[data-s]");
  if (!target || !getSelection().isCollapsed) return;
  event.preventDefault(); // a quote is a link to its words, for when nothing plays
  player.go(Number(target.dataset.s), Number(target.dataset.e ?? Infinity));
  player.start();
}

if (player) {
  followAlong();
  document.addEventListener("click", playOnClick);
}
