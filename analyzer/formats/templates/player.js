"use strict";
// Plays the recording the page carries. `player` is null when it carries none.

const byId = (id) => document.getElementById(id);

/** A moment as mm:ss, or h:mm:ss in a call of an hour or more. */
function clock(seconds, hours) {
  const pad = (number) => String(Math.floor(number)).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  const end = `:${pad(seconds % 60)}`;
  return hours ? `${Math.floor(minutes / 60)}:${pad(minutes % 60)}${end}` : pad(minutes) + end;
}

/** The embedded recording as a URL: seeking in a blob is quicker than in a long data URL. */
function recordingUrl() {
  const block = byId("recording");
  const text = atob(block.textContent.trim());
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return URL.createObjectURL(new Blob([bytes], { type: block.dataset.mime }));
}

function startPlayer(audio) {
  const seek = byId("seek"), now = byId("now"), play = byId("play"), peek = byId("peek");
  const whole = Number(seek?.max ?? 0), hours = whole >= 3600;
  const listeners = [];
  let stopAt = Infinity;

  function show() {
    const at = audio.currentTime;
    if (at >= stopAt) {
      audio.pause();
      stopAt = Infinity;
    }
    now.textContent = clock(at, hours);
    if (seek) {
      seek.value = at;
      seek.setAttribute("aria-valuetext", clock(at, hours));
    }
    for (const listener of listeners) listener(at, !audio.paused);
  }
  function eachFrame() {
    show();
    if (!audio.paused) requestAnimationFrame(eachFrame);
  }
  function mark() {
    document.body.classList.toggle("playing", !audio.paused);
    play.setAttribute("aria-label", audio.paused ? play.dataset.play : play.dataset.pause);
    if (!audio.paused) requestAnimationFrame(eachFrame);
  }
  /** Go to a moment; `end` is where to stop, if anywhere. */
  function go(at, end = Infinity) {
    stopAt = end;
    audio.currentTime = Math.max(0, Math.min(at, whole || at));
  }
  const start = () => audio.play().catch(() => {});
  const toggle = () => (audio.paused ? start() : audio.pause());
  const skip = (by) => go(audio.currentTime + by);

  /** The moment under the pointer. */
  function under(event) {
    const box = seek.getBoundingClientRect();
    return whole * Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  }
  const marks = [...document.querySelectorAll("[data-mark]")];
  /** What is marked under the pointer, if anything. */
  function markAt(x) {
    const distance = (mark) => Math.abs(mark.getBoundingClientRect().left + 1.5 - x);
    const near = marks.filter((mark) => distance(mark) < 5).sort((a, b) => distance(a) - distance(b));
    return near.length ? ` · ${near[0].dataset.label}` : "";
  }
  function hover(event) {
    peek.hidden = event.pointerType === "touch";
    peek.textContent = clock(under(event), hours) + markAt(event.clientX);
    peek.style.left = `${(100 * under(event)) / whole}%`;
  }

  for (const name of ["play", "pause", "ended"]) audio.addEventListener(name, mark);
  for (const name of ["timeupdate", "seeked"]) audio.addEventListener(name, show);
  audio.addEventListener("error", () => (byId("broken").hidden = false));
  play.addEventListener("click", toggle);
  byId("speed").addEventListener("change", (event) => (audio.playbackRate = Number(event.target.value)));
  for (const button of document.querySelectorAll("[data-skip]"))
    button.addEventListener("click", () => skip(Number(button.dataset.skip)));
  if (seek) {
    seek.hidden = false;
    seek.addEventListener("input", () => go(Number(seek.value)));
    seek.addEventListener("pointerdown", (event) => go(under(event)));
    seek.addEventListener("pointermove", hover);
    seek.addEventListener("pointerleave", () => (peek.hidden = true));
  }
  audio.src = recordingUrl();
  byId("controls").hidden = false;
  document.body.classList.add("can-play");
  return { go, start, toggle, skip, watch: (listener) => listeners.push(listener) };
}

const player = byId("audio") ? startPlayer(byId("audio")) : null;

// The transcript's head sticks below the player, whose height depends on how many spoke.
new ResizeObserver(([entry]) => {
  const sticks = getComputedStyle(entry.target).position === "sticky";
  const height = sticks ? entry.target.offsetHeight : 0;
  document.documentElement.style.setProperty("--player-height", `${height}px`);
}).observe(byId("player"));
