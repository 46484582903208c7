// Plays the recording of a call, and draws it. There is no player where a call came as a transcript.
import type WaveSurfer from "wavesurfer.js";

export interface Player {
  /** Go to a second; stop at another, if one is told. */
  go(at: number, until?: number): void;
  start(): void;
  toggle(): void;
  skip(by: number): void;
  now(): number;
  watch(listener: (at: number, isPlaying: boolean) => void): void;
}

export function byId<T extends Element = HTMLElement>(id: string): T | null {
  return document.getElementById(id) as T | null;
}

/** A place in a recording: 04:31, 1:04:31. */
export function clock(seconds: number): string {
  const pad = (number: number) => String(Math.floor(number)).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return `${hours ? `${hours}:` : ""}${pad(minutes)}:${pad(seconds % 60)}`;
}

export function startPlayer(): Player | null {
  const audio = byId<HTMLAudioElement>("audio");
  const card = byId("player");
  return audio && card && playing(audio, card);
}

function playing(audio: HTMLAudioElement, card: HTMLElement): Player {
  const length = Number(card.dataset.length);
  const listeners: ((at: number, isPlaying: boolean) => void)[] = [];
  let until = Infinity;
  let wanted: number | null = null; // a place asked for before the recording can go there

  const now = () => wanted ?? audio.currentTime;
  function show(): void {
    const at = now();
    if (at >= until) {
      until = Infinity;
      audio.pause();
    }
    showPlace(at, length);
    for (const listener of listeners) listener(at, !audio.paused);
  }
  function eachFrame(): void {
    show();
    if (!audio.paused) requestAnimationFrame(eachFrame);
  }
  function mark(): void {
    const play = byId("play");
    document.body.classList.toggle("is-playing", !audio.paused);
    play?.setAttribute("aria-label", (audio.paused ? play.dataset.namePlay : play.dataset.namePause) ?? "");
    if (!audio.paused) requestAnimationFrame(eachFrame);
  }
  function go(at: number, end = Infinity): void {
    const place = Math.max(0, Math.min(at, length));
    until = end;
    wanted = audio.readyState === 0 ? place : null;
    if (wanted === null) audio.currentTime = place;
    show();
  }
  const start = () => void audio.play().catch(() => undefined);
  const toggle = () => (audio.paused ? start() : audio.pause());
  const skip = (by: number) => go(now() + by);

  audio.addEventListener("loadedmetadata", () => wanted !== null && go(wanted, until));
  for (const name of ["play", "pause", "ended"]) audio.addEventListener(name, mark);
  for (const name of ["timeupdate", "seeked"]) audio.addEventListener(name, show);
  const player = { go, start, toggle, skip, now, watch: (one: (typeof listeners)[number]) => void listeners.push(one) };
  listenToDeck(player, audio);
  window.setTimeout(() => void drawWave(card, audio, length), 0);
  return player;
}

function showPlace(at: number, length: number): void {
  const line = byId("playhead");
  const share = `${((100 * at) / (length || 1)).toFixed(3)}%`;
  line?.setAttribute("x1", share);
  line?.setAttribute("x2", share);
  const [now, seek] = [byId("now"), byId<HTMLInputElement>("seek")];
  const told = clock(at);
  if (now && now.textContent !== told) now.textContent = told;
  if (seek) {
    seek.value = String(at);
    if (seek.getAttribute("aria-valuetext") !== told) seek.setAttribute("aria-valuetext", told);
  }
}

function listenToDeck(player: Player, audio: HTMLAudioElement): void {
  byId("play")?.addEventListener("click", player.toggle);
  byId("seek")?.addEventListener("input", (event) => player.go(Number((event.target as HTMLInputElement).value)));
  byId("speed")?.addEventListener("change", (event) => {
    audio.playbackRate = Number((event.target as HTMLSelectElement).value);
  });
  for (const button of document.querySelectorAll<HTMLElement>("[data-skip]")) {
    button.addEventListener("click", () => player.skip(Number(button.dataset.skip)));
  }
}

/** The outline of the sound, from peaks that were made once: the sound itself is not read. */
async function drawWave(card: HTMLElement, audio: HTMLAudioElement, length: number): Promise<void> {
  const container = byId("wave");
  const [{ default: WaveSurfer }, answer] = await Promise.all([
    import("wavesurfer.js"),
    fetch(card.dataset.peaks ?? "").catch(() => null),
  ]);
  if (!container || !answer?.ok) return container?.remove();
  const { peaks, duration_s } = (await answer.json()) as { peaks: number[][]; duration_s: number };
  const drawn: WaveSurfer = WaveSurfer.create({
    container,
    media: audio,
    peaks,
    duration: duration_s || length,
    height: 56,
    normalize: true,
    cursorWidth: 0,
    barWidth: 2,
    barGap: 1,
    barRadius: 1,
    dragToSeek: true,
    cspNonce: document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content,
    ...colours(),
  });
  const recolour = () => drawn.setOptions(colours());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
}

function colours(): { waveColor: string; progressColor: string } {
  const style = getComputedStyle(document.documentElement);
  const named = (name: string) => style.getPropertyValue(name).trim();
  return { waveColor: named("--field-line"), progressColor: named("--accent") };
}
