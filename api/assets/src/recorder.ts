// Recording a meeting in the room: the desk with its buttons, and recordings not sent yet.
import { fileOf, forget, keptOf, type Kept } from "./kept";
import { clock, length, moment, stamp } from "./phrases";
import { canRecord, isBeingMade, Recording } from "./recording";
import type { Rows } from "./rows";

const SILENT_S = 8;
const QUIET = 0.06;

export function recorderOn(page: HTMLElement, rows: Rows): void {
  const place = page.querySelector<HTMLElement>("#recorder");
  if (place) new Recorder(place, rows).open();
}

class Recorder {
  private now: Recording | null = null;
  private heardAt = 0;
  private wake: WakeLockSentinel | null = null;
  private readonly sending = new Set<string>();

  constructor(
    private readonly place: HTMLElement,
    private readonly rows: Rows,
  ) {}

  open(): void {
    if (!window.isSecureContext || !navigator.mediaDevices) return this.trouble("insecure");
    if (!canRecord()) return this.trouble("unable");
    this.find("[data-desk]").hidden = false;
    this.on("start", () => this.start());
    this.on("pause", () => this.pause());
    this.on("resume", () => this.resume());
    this.on("stop", () => this.stop());
    window.addEventListener("beforeunload", (event) => {
      if (this.now) event.preventDefault();
    });
    // On the window, since the question before it is asked on the document.
    window.addEventListener("submit", (event) => {
      const { kept } = (event.target as HTMLElement).dataset;
      if (!kept) return;
      event.preventDefault();
      void forget(kept).then(() => this.showUnsent());
    });
    void this.listMicrophones();
    navigator.mediaDevices.addEventListener("devicechange", () => void this.listMicrophones());
    void this.showUnsent();
  }

  private find<T extends HTMLElement = HTMLElement>(selector: string): T {
    return this.place.querySelector<T>(selector)!;
  }
  private on(name: string, act: () => void | Promise<void>): void {
    this.find(`[data-desk] [data-do=${name}]`).addEventListener("click", () => void act());
  }
  private turn(state: string, phrase = ""): void {
    this.place.dataset.state = state;
    this.find("[data-says]").textContent = phrase ? this.rows.phrases.say(phrase) : "";
  }
  private trouble(name: string): void {
    const told = this.find("[data-trouble]");
    told.hidden = !name;
    told.textContent = name ? this.rows.phrases.say(name) : "";
  }

  private async start(): Promise<void> {
    this.trouble("");
    const microphone = this.find<HTMLSelectElement>("#microphone").value;
    try {
      this.now = await Recording.begin(this.rows.user, microphone, () => this.trouble("noRoom"));
    } catch (error) {
      const isMissing = error instanceof DOMException && ["NotFoundError", "OverconstrainedError"].includes(error.name);
      return this.trouble(isMissing ? "noMicrophone" : "denied");
    }
    this.heardAt = 0;
    this.turn("recording", "recording");
    this.find("[data-desk] [data-do=stop]").focus();
    void this.listMicrophones(); // they have names once one was allowed
    this.wake = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
    this.draw();
  }

  private pause(): void {
    this.now?.pause();
    this.turn("paused", "recordingPaused");
    this.find("[data-desk] [data-do=resume]").focus();
  }

  private resume(): void {
    this.now?.resume();
    this.heardAt = this.now?.seconds ?? 0;
    this.turn("recording", "recording");
    this.find("[data-desk] [data-do=pause]").focus();
    this.draw();
  }

  private async stop(): Promise<void> {
    const made = await this.now?.stop();
    this.now = null;
    await this.wake?.release();
    this.turn("idle");
    this.trouble("");
    this.find("[data-clock]").textContent = clock(0);
    this.find<HTMLMeterElement>("[data-level]").value = 0;
    if (made) await this.bring(made);
  }

  // As long as it runs: the time, the level, and a word when nothing is heard.
  private draw(): void {
    if (!this.now || this.place.dataset.state !== "recording") return;
    const { level, seconds } = this.now;
    this.find<HTMLMeterElement>("[data-level]").value = level;
    this.find("[data-clock]").textContent = clock(seconds);
    if (level > QUIET) this.heardAt = seconds;
    const phrase = this.rows.phrases.say(seconds - this.heardAt > SILENT_S ? "silent" : "recording");
    const says = this.find("[data-says]");
    if (says.textContent !== phrase) says.textContent = phrase;
    window.setTimeout(() => this.draw(), 100);
  }

  // A recording becomes a row as any other file; it stays here until it was sent.
  private async bring(kept: Kept): Promise<void> {
    const name = `${this.rows.phrases.say("recordedName")} ${stamp(kept.startedAt)}`;
    this.sending.add(kept.id);
    const left = (): void => {
      this.sending.delete(kept.id);
      void this.showUnsent();
    };
    const sent = (): void => void forget(kept.id).then(left);
    if (!(await this.rows.add([await fileOf(kept, name)], { sent, left }))) left();
    await this.showUnsent();
  }

  private async showUnsent(): Promise<void> {
    const kept = await keptOf(this.rows.user).catch(() => []);
    const shown: HTMLElement[] = [];
    for (const one of kept) {
      if (this.sending.has(one.id) || (await isBeingMade(one.id))) continue;
      shown.push(this.unsent(one));
    }
    this.find("#unsent").replaceChildren(...shown);
  }

  private unsent(kept: Kept): HTMLElement {
    const one = this.find<HTMLTemplateElement>("#unsent-one").content.firstElementChild!.cloneNode(true) as HTMLElement;
    const values = { day: moment(kept.startedAt), length: length(kept.seconds) };
    one.querySelector("[data-what]")!.textContent = this.rows.phrases.say("unsent", values);
    one.querySelector("[data-do=send]")!.addEventListener("click", () => void this.bring(kept));
    const form = one.querySelector("form")!;
    form.dataset.ask = this.rows.phrases.say("discard");
    form.dataset.kept = kept.id;
    return one;
  }

  private async listMicrophones(): Promise<void> {
    const all = await navigator.mediaDevices.enumerateDevices();
    const found = all.filter((one) => one.kind === "audioinput" && one.deviceId);
    const choice = this.find<HTMLSelectElement>("#microphone");
    const before = choice.value;
    const named = (one: MediaDeviceInfo, index: number): Named =>
      [one.label || this.rows.phrases.say("microphone", { number: String(index + 1) }), one.deviceId];
    choice.replaceChildren(...found.map(named).map(([label, id]) => new Option(label, id, false, id === before)));
    this.find("[data-choice]").hidden = found.length < 2;
  }
}

type Named = [string, string];
