/**
 * Keys of a desk: ↑ ↓ (or j k) move through the list, Enter opens, a letter or digit takes what carries it as
 * `data-key`. While somebody types they are left alone.
 */
export function listenForKeys(page: Document): void {
  page.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key === "ArrowDown" || event.key === "j") move(page, 1, event);
    else if (event.key === "ArrowUp" || event.key === "k") move(page, -1, event);
    else if (event.key.length === 1) take(page, event);
  });
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
}

function move(page: Document, step: number, event: KeyboardEvent): void {
  const lines = [...page.querySelectorAll<HTMLAnchorElement>(".lines-of-work a")];
  if (lines.length === 0) return;
  const held = lines.findIndex((line) => line === page.activeElement);
  const open = lines.findIndex((line) => line.closest("li")?.getAttribute("aria-current") === "true");
  const from = held >= 0 ? held : open;
  lines[Math.min(Math.max(from + step, 0), lines.length - 1)]?.focus();
  event.preventDefault();
}

function take(page: Document, event: KeyboardEvent): void {
  const wanted = page.querySelector<HTMLElement>(`[data-key="${CSS.escape(event.key)}"]`);
  if (!wanted) return;
  event.preventDefault();
  if (wanted.matches("input, textarea, select")) wanted.focus();
  else wanted.click();
}
