// How long a recording is, as far as the browser can tell without reading all of it.
export function lengthOf(file: File): Promise<number | null> {
  return new Promise((resolve) => {
    const player = document.createElement(file.type.startsWith("video/") ? "video" : "audio");
    const address = URL.createObjectURL(file);
    const end = (found: number | null): void => {
      URL.revokeObjectURL(address);
      player.removeAttribute("src");
      resolve(found);
    };
    player.preload = "metadata";
    player.addEventListener("loadedmetadata", () => end(Number.isFinite(player.duration) ? player.duration : null), { once: true });
    player.addEventListener("error", () => end(null), { once: true });
    player.src = address;
  });
}
