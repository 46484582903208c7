// Beside a call: a button that takes the second being played into the field it names, and a comment
// that is there before the server says so.
function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (one: number): string => String(one).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${two(minutes)}:${two(rest)}`;
}

// `now` tells the second that is being played.
export function takeTimes(now: () => number): void {
  const show = (): void => {
    for (const button of document.querySelectorAll<HTMLElement>("[data-take-time][hidden]")) button.hidden = false;
  };
  show();
  document.addEventListener("htmx:afterSwap", show);
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-take-time]");
    const field = button && document.querySelector<HTMLInputElement>(button.dataset.takeTime ?? "");
    if (field) field.value = clock(now());
  });
}

let sending: HTMLElement | null = null;
document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.target as HTMLElement;
  const text = form.matches("[data-new-comment]") ? form.querySelector("textarea")?.value.trim() : "";
  if (!text) return;
  sending = document.createElement("p");
  sending.className = "comment-text sending";
  sending.textContent = text;
  form.before(sending);
});
document.addEventListener("htmx:afterRequest", () => {
  sending?.remove();
  sending = null;
});

// A form that cannot be taken comes back with what was typed, and what is wrong beside its field.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { detail } = event as CustomEvent<{ xhr: XMLHttpRequest; target: Element; shouldSwap: boolean }>;
  if (detail.xhr.status === 422 && detail.target.matches("#comments, #clips, #crm")) detail.shouldSwap = true;
});
