// What a button with data-copy names is copied; a line of a shared clip plays from its second.
// The buttons are hidden where no script runs: the text can be selected, the player has its own.
export function showCopying(root: ParentNode = document): void {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll<HTMLElement>("[data-copy][hidden]")) button.hidden = false;
}

export function copy(event: Event): void {
  const button = (event.target as Element).closest<HTMLElement>("[data-copy]");
  const field = button && document.querySelector<HTMLInputElement>(button.dataset.copy ?? "");
  if (!button || !field) return;
  field.select();
  void navigator.clipboard.writeText(field.value).then(() => {
    button.textContent = button.dataset.copied ?? "";
  });
}

export function seek(event: Event): void {
  const line = (event.target as Element).closest<HTMLElement>("[data-seek]");
  const sound = document.querySelector<HTMLAudioElement>("#clip-sound");
  if (!line || !sound) return;
  sound.currentTime = Number(line.dataset.seek);
  void sound.play();
}
