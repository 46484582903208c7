// The clock of this device, offered where a form asks for one and nobody wrote another.
export function guessZones(): void {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const field of document.querySelectorAll<HTMLInputElement>("input[data-guess-zone]")) {
    field.value ||= zone ?? "";
  }
}
