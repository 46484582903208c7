// Menus are <details>: they work without scripts; with them, they close when one looks elsewhere.
export function closeMenus(event: Event): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
    if (event instanceof KeyboardEvent) {
      if (menu.contains(document.activeElement)) menu.querySelector("summary")?.focus();
      menu.open = false;
    } else if (!menu.contains(event.target as Node) && !(event.target as Element).closest("dialog")) {
      menu.open = false;
    }
  }
}
