// One file: its fields until it is sent, then how far it is, and the call it became.
import type { PreviousUpload } from "tus-js-client";
import { post, Refused } from "./answers";
import { askPeople, keepWritten, mend } from "./fields";
import { clock, length, percent, size } from "./phrases";
import { lengthOf } from "./playing";
import type { Rows } from "./rows";
import { say } from "./saying";
import { Sending, sendTranscript, type Listener, type Sent } from "./sending";

type State = "ready" | "waiting" | "sending" | "paused" | "failed" | "refused" | "same";

// Where a file came from, if not from a folder: told when it is sent, or taken off the list.
export interface Source {
  sent(): void;
  left(): void;
}

export class Row implements Listener {
  private sending: Sending | null = null;
  private call = "";
  private share = 0;
  private began = { at: 0, bytes: -1 };

  constructor(
    private place: HTMLElement,
    readonly file: File,
    private readonly rows: Rows,
    private readonly source?: Source,
  ) {
    this.listen();
  }

  get isTranscript(): boolean {
    return "transcript" in this.place.dataset;
  }
  get isReady(): boolean {
    return this.state === "ready";
  }
  get isSending(): boolean {
    return this.state === "sending";
  }
  get uploadId(): string {
    return this.sending?.id ?? "";
  }
  private get state(): State {
    return (this.place.dataset.state ?? "ready") as State;
  }
  private find<T extends HTMLElement>(selector: string): T {
    return this.place.querySelector<T>(selector)!;
  }

  tick(isTicked: boolean): void {
    if (!this.isReady) return;
    const box = this.find<HTMLInputElement>("[name=has_consent]");
    box.checked = isTicked;
    box.dataset.written = "";
  }

  // What a later invitation tells; what somebody wrote or ticked stays.
  replace(place: HTMLElement): void {
    keepWritten(this.place, place);
    this.place.replaceWith(place);
    this.place = place;
    window.htmx.process(place);
    this.listen();
  }

  // Have the fields checked, then wait for a turn; false where something is to be mended first.
  async send(): Promise<boolean> {
    const form = this.find<HTMLFormElement>("form");
    if (!this.isReady || !form.reportValidity()) return false;
    this.turn("waiting", "starting");
    try {
      const answer = await post("/upload/facts", new FormData(form));
      this.call = ((await answer.json()) as { call: string }).call;
    } catch (error) {
      this.turn("ready");
      if (error instanceof Refused && error.status === 422) mend(this.place, error.page);
      else say(error instanceof Refused ? error.message : this.rows.phrases.say("unreachable"), "wrong");
      return false;
    }
    this.rows.queue(this);
    return true;
  }

  // It was broken off before: the call is told of already, the bytes go on.
  goOn(before: PreviousUpload): void {
    this.call = before.metadata.call ?? "{}";
    this.sending = new Sending(this.file, this.rows.user, this.call, this, before);
    this.turn("waiting", "goesOn");
    this.rows.queue(this);
  }

  begin(again = false): void {
    this.turn("sending", this.sending ? "goesOn" : "starting");
    this.began = { at: 0, bytes: -1 };
    if (this.isTranscript) {
      void sendTranscript(this.file, this.call, again, this);
      return;
    }
    this.sending ??= new Sending(this.file, this.rows.user, this.call, this);
    this.sending.start(again);
  }

  onBegun = (): void => this.rows.changed();
  onTrouble = (name: string): void => this.says(name);
  onFailed(name: string, why: string, isFinal = false): void {
    this.turn(isFinal ? "refused" : "failed", name, { why });
    this.rows.next();
  }

  onProgress(sent: number, all: number): void {
    const now = performance.now() / 1000;
    if (this.began.bytes < 0) this.began = { at: now, bytes: sent };
    this.share = sent / all;
    this.find<HTMLProgressElement>("progress").value = this.share;
    const speed = (sent - this.began.bytes) / (now - this.began.at);
    const isSteady = now - this.began.at > 2 && speed > 0;
    const left = isSteady ? length((all - sent) / speed) : "";
    this.says(isSteady ? "sending" : "sendingFirst", { left });
  }

  onDone({ callId, isSame }: Sent): void {
    this.source?.sent();
    if (isSame) {
      this.turn("same", "same");
      this.offerSame(callId);
    } else {
      say(this.rows.phrases.say("sent", { name: this.file.name }));
      this.leave();
    }
    this.rows.refresh();
    this.rows.next();
  }

  private offerSame(callId: string): void {
    const after = this.find("[data-after]");
    const [open, again] = [document.createElement("a"), document.createElement("button")];
    [open.className, open.href, open.textContent] = ["button small primary", `/calls/${callId}`, this.rows.phrases.say("sameOpen")];
    [again.className, again.type, again.textContent] = ["button small", "button", this.rows.phrases.say("again")];
    again.addEventListener("click", () => {
      after.hidden = true;
      this.begin(true);
    });
    after.replaceChildren(open, again);
    after.hidden = false;
  }

  private listen(): void {
    void this.tellSize();
    this.find("form").addEventListener("input", (event) => ((event.target as HTMLElement).dataset.written = ""));
    this.find("form").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.send();
    });
    askPeople(this.place);
    this.find("[data-do=pause]").addEventListener("click", () => void this.pause());
    this.find("[data-do=resume]").addEventListener("click", () => this.rows.queue(this));
    this.find("[data-do=remove]").addEventListener("click", () => void this.remove());
  }

  private async pause(): Promise<void> {
    this.turn("paused", "paused");
    await this.sending?.pause();
    this.rows.next();
  }

  private async remove(): Promise<void> {
    const sending = this.sending;
    this.source?.left();
    this.leave();
    if (this.state !== "same") await sending?.giveUp();
    this.rows.refresh();
  }

  private leave(): void {
    this.place.remove();
    this.rows.forget(this);
  }

  private turn(state: State, phrase = "", values: Record<string, string> = {}): void {
    this.place.dataset.state = state;
    if (phrase) this.says(phrase, values);
    this.rows.changed();
  }

  private says(phrase: string, values: Record<string, string> = {}): void {
    this.find("[data-says]").textContent = this.rows.phrases.say(phrase, { percent: percent(this.share), ...values });
  }

  private async tellSize(): Promise<void> {
    const place = this.find("[data-size]");
    place.textContent = size(this.file.size);
    const seconds = this.isTranscript ? null : await lengthOf(this.file);
    if (seconds) place.textContent = `${clock(seconds)} · ${size(this.file.size)}`;
  }
}
