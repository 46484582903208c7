// Search in the call: letters only, so that "reunion" finds "Réunion".

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[’`]/g, "'").toLowerCase();

/** The utterances as plain text, with where each word begins. */
function indexed() {
  return [...document.querySelectorAll(".block")].map((block) => {
    const spans = [...block.querySelectorAll(".words span")];
    let text = "";
    const starts = spans.map((span) => {
      const start = text.length;
      text += `${plain(span.textContent)} `;
      return start;
    });
    return { spans, starts, text };
  });
}

/** Every place a phrase occurs, as the words it touches. */
function found(index, phrase) {
  const hits = [];
  for (const { spans, starts, text } of index)
    for (let at = text.indexOf(phrase); at >= 0; at = text.indexOf(phrase, at + phrase.length)) {
      const end = at + phrase.length;
      hits.push(spans.filter((_, i) => starts[i] < end && (starts[i + 1] ?? text.length) - 1 > at));
    }
  return hits;
}

function startSearch() {
  const box = byId("search"), query = byId("query"), count = byId("hits");
  let index = null, hits = [], current = 0;

  const mark = (hit, name, on) => hit?.forEach((span) => span.classList.toggle(name, on));
  function move(to) {
    mark(hits[current], "hit-now", false);
    current = (to + hits.length) % hits.length || 0;
    mark(hits[current], "hit-now", true);
    if (hits.length) bringIntoView(hits[current][0]);
    const position = count.dataset.position.replace("{n}", current + 1).replace("{total}", hits.length);
    count.textContent = hits.length ? position : count.dataset.none;
  }
  function search() {
    for (const hit of hits) for (const name of ["hit", "hit-now"]) mark(hit, name, false);
    index ??= indexed();
    const phrase = plain(query.value).trim().replace(/\s+/g, " ");
    hits = phrase ? found(index, phrase) : [];
    for (const hit of hits) mark(hit, "hit", true);
    box.classList.toggle("empty", !phrase);
    if (phrase) move(0);
    else count.textContent = "";
  }
  function clear() {
    query.value = "";
    search();
  }

  query.addEventListener("input", search);
  query.addEventListener("keydown", (event) => {
    if (event.key === "Enter") move(current + (event.shiftKey ? -1 : 1));
    if (event.key === "Escape") clear();
  });
  byId("next").addEventListener("click", () => move(current + 1));
  byId("previous").addEventListener("click", () => move(current - 1));
  byId("clear").addEventListener("click", () => (clear(), query.focus()));
  box.classList.add("empty");
  box.hidden = false;
}

if (words.length) startSearch();
