/** Of the fields of a rule's areas shows those of the level that is chosen; without a script all are there. */
export function showAreasOfLevel(root: Document): void {
  const show = (): void => {
    const level = root.querySelector<HTMLSelectElement>("select[data-level]");
    if (!level) return;
    for (const field of root.querySelectorAll<HTMLElement>("[data-of-level]")) {
      field.hidden = field.dataset["ofLevel"] !== level.value;
    }
  };
  root.addEventListener("change", (event) => {
    if (event.target instanceof HTMLSelectElement && "level" in event.target.dataset) show();
  });
  show();
}
