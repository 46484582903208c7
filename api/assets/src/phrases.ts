// What the page says, in the reader's language: the server gives the words, these fill them in.
const language = document.documentElement.lang === "fr" ? "fr-FR" : "en-GB";
const clockOf = (): Intl.DateTimeFormatOptions => ({ timeZone: document.querySelector<HTMLElement>("#upload")?.dataset.zone });

export class Phrases {
  private readonly said: Record<string, string>;

  constructor(place: HTMLElement) {
    this.said = JSON.parse(place.dataset.spoken ?? "{}") as Record<string, string>;
  }

  say(name: string, values: Record<string, string> = {}): string {
    return (this.said[name] ?? name).replace(/\{(\w+)\}/g, (_, key: string) => values[key] ?? "");
  }
}

export const percent = (share: number): string =>
  new Intl.NumberFormat(language, { style: "percent" }).format(share);

export function size(bytes: number): string {
  const power = bytes >= 1e9 ? 3 : bytes >= 1e6 ? 2 : 1;
  const unit = (["kilobyte", "megabyte", "gigabyte"] as const)[power - 1];
  const digits = { maximumFractionDigits: 1 };
  return new Intl.NumberFormat(language, { style: "unit", unit, ...digits }).format(bytes / 1000 ** power);
}

// A length as a clock shows it: 04:31, 1:04:31.
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const [hours, minutes, left] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = `${String(minutes).padStart(2, "0")}:${String(left).padStart(2, "0")}`;
  return hours ? `${hours}:${tail}` : tail;
}

// A stretch of time in words: 40 sec, 12 min.
export function length(seconds: number): string {
  const [value, unit] = seconds < 90 ? [seconds, "second"] : seconds < 5400 ? [seconds / 60, "minute"] : [seconds / 3600, "hour"];
  const digits = { maximumFractionDigits: unit === "hour" ? 1 : 0 };
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short", ...digits }).format(Math.max(1, value));
}

export const moment = (at: number): string =>
  new Intl.DateTimeFormat(language, { ...clockOf(), day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(at);

// As files are named: 2026-03-12 14-30, on the reader's clock.
export const stamp = (at: number): string =>
  new Intl.DateTimeFormat("sv-SE", { ...clockOf(), dateStyle: "short", timeStyle: "short" }).format(at).replace(":", "-");
