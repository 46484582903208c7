// Words at the foot of the page, which a screen reader speaks.
export function say(text: string, kind = ""): void {
  const place = document.querySelector("#notice");
  if (!place) return;
  const words = document.createElement("p");
  words.className = `notice ${kind}`.trim();
  words.textContent = text;
  place.replaceChildren(words);
  window.setTimeout(() => words.remove(), 8000);
}
