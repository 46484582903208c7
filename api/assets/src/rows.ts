// The rows of files that were chosen: what is guessed of them, and sending them one after another.
import { parsed, post } from "./answers";
import { Phrases } from "./phrases";
import { Row, type Source } from "./row";
import { say } from "./saying";
import { earlier } from "./sending";

const MOST_AT_ONCE = 2;
const A_TIME = 50;

export class Rows {
  readonly phrases: Phrases;
  readonly user: string;
  private readonly rows = new Set<Row>();
  private readonly waiting: Row[] = [];
  private readonly list: HTMLElement;

  constructor(private readonly page: HTMLElement) {
    this.phrases = new Phrases(page);
    this.user = page.dataset.user ?? "";
    this.list = page.querySelector<HTMLElement>("#row-list")!;
    page.querySelector("#send-all")?.addEventListener("click", () => void this.sendAll());
    page.querySelector("#all-know")?.addEventListener("change", (event) => {
      for (const row of this.rows) row.tick((event.target as HTMLInputElement).checked);
    });
    document.addEventListener("htmx:afterSettle", () => this.hideWhatIsHere());
  }

  // Take files: invitations tell of the others, files that were broken off go on at once.
  async add(files: File[], source?: Source): Promise<boolean> {
    const calendars = files.filter((file) => file.name.toLowerCase().endsWith(".ics"));
    const others = files.filter((file) => !calendars.includes(file) && this.fits(file) && !this.has(file));
    try {
      const texts = await Promise.all(calendars.map((file) => file.text()));
      if (calendars.length && !others.length) await this.guessAgain(calendars, texts);
      for (let at = 0; at < others.length; at += A_TIME) {
        await this.show(others.slice(at, at + A_TIME), calendars, texts, source);
      }
      return true;
    } catch (error) {
      say(error instanceof TypeError ? this.phrases.say("unreachable") : (error as Error).message, "wrong");
      return false;
    }
  }

  private has(file: File): boolean {
    const same = (one: File): boolean => one.name === file.name && one.size === file.size && one.lastModified === file.lastModified;
    return [...this.rows].some((row) => same(row.file));
  }

  private fits(file: File): boolean {
    const fits = file.size <= Number(this.page.dataset.most);
    const values = { name: file.name, most: this.page.dataset.largest ?? "" };
    if (!fits) say(this.phrases.say("tooLarge", values), "wrong");
    return fits;
  }

  private async show(files: File[], calendars: File[], texts: string[], source?: Source): Promise<void> {
    const places = await this.guessed(files, calendars, texts);
    for (const [index, file] of files.entries()) {
      const place = this.list.appendChild(places[index]!);
      window.htmx.process(place);
      const row = new Row(place, file, this, source);
      this.rows.add(row);
      const before = row.isTranscript ? null : await earlier(file, this.user);
      if (before) row.goOn(before);
    }
    if (files.length === 1 && this.rows.size === 1) this.list.querySelector("details")?.setAttribute("open", "");
    this.count();
    this.list.querySelector<HTMLElement>(".upload-row:last-child input:not([type=hidden])")?.focus({ preventScroll: true });
  }

  private async guessed(files: File[], calendars: File[], texts: string[]): Promise<HTMLElement[]> {
    const form = new FormData();
    for (const file of files) {
      form.append("name", file.name);
      form.append("changed", String(file.lastModified));
    }
    for (const text of texts) form.append("invitation", text);
    const part = parsed(await (await post("/upload/guess", form)).text());
    const read = (part.querySelector<HTMLElement>("[data-read]")?.dataset.read ?? "").split(" ");
    for (const [index, file] of calendars.entries()) {
      const isRead = Number(read[index]) > 0;
      say(this.phrases.say(isRead ? "invited" : "noInvitation", { name: file.name }), isRead ? "" : "wrong");
    }
    return [...part.querySelectorAll<HTMLElement>(".upload-row")];
  }

  // An invitation came after its recording: rows not sent yet are guessed anew.
  private async guessAgain(calendars: File[], texts: string[]): Promise<void> {
    const open = [...this.rows].filter((row) => row.isReady);
    const files = open.map((row) => row.file);
    const places = await this.guessed(files.length ? files : calendars, calendars, texts);
    for (const [index, row] of open.entries()) row.replace(places[index]!);
  }

  private async sendAll(): Promise<void> {
    for (const row of this.rows) if (row.isReady && !(await row.send())) return;
  }

  // Two files at a time: the rest wait for their turn.
  queue(row: Row): void {
    this.waiting.push(row);
    this.next();
  }

  next(): void {
    const busy = [...this.rows].filter((row) => row.isSending).length;
    for (const row of this.waiting.splice(0, Math.max(0, MOST_AT_ONCE - busy))) row.begin();
  }

  forget(row: Row): void {
    this.rows.delete(row);
    const place = this.waiting.indexOf(row);
    if (place >= 0) this.waiting.splice(place, 1);
    this.count();
    this.next();
  }

  // A call came to be: the list of what is on its way shows it.
  refresh(): void {
    void window.htmx.ajax("get", "/upload/added", { target: "#added", swap: "outerHTML" });
  }

  private count(): void {
    this.page.querySelector<HTMLElement>("#rows")!.hidden = this.rows.size === 0;
    const ready = [...this.rows].filter((row) => row.isReady).length;
    for (const one of this.page.querySelectorAll<HTMLElement>("[data-several]")) one.hidden = ready < 2;
  }

  changed(): void {
    this.count();
    this.hideWhatIsHere();
  }

  // What is being sent from this page is not broken off.
  private hideWhatIsHere(): void {
    const here = new Set([...this.rows].map((row) => row.uploadId));
    for (const one of document.querySelectorAll<HTMLElement>("#added [data-upload]")) {
      one.hidden = here.has(one.dataset.upload ?? "-");
    }
  }
}
