const FROM: Readonly<Record<string, string>> = { street: "streets", community: "communities", grid: "grids" };

/**
 * The areas of a routing rule: of their fields shows those of the level that is chosen (without a script all are there), and lets
 * a click on the map take an area of that level, or give it back. The lists stay what is sent.
 */
export function chooseAreas(root: Document): void {
  const level = root.querySelector<HTMLSelectElement>("select[data-level]");
  if (!level) return;
  const map = root.querySelector<HTMLElement>("#areas-map");
  const list = (): HTMLSelectElement | null =>
    root.querySelector<HTMLSelectElement>(`#r-${FROM[level.value] ?? "none"}`);
  const show = (): void => {
    for (const field of root.querySelectorAll<HTMLElement>("[data-of-level]")) {
      field.hidden = field.dataset["ofLevel"] !== level.value;
    }
    const codes = [...(list()?.options ?? [])].filter((one) => one.selected).map((one) => one.value);
    map?.setAttribute("chosen", [level.value || "street", ...codes].join(" "));
  };
  root.addEventListener("change", (event) => {
    if (event.target === level || event.target === list()) show();
  });
  map?.addEventListener("map-place", (event) => {
    if (level.disabled || level.matches(":disabled")) return;
    const place = (event as CustomEvent<Record<string, unknown>>).detail;
    if (level.value === "") level.value = "street";
    const code = place[level.value === "grid" ? "duty_grid" : level.value];
    const option = [...(list()?.options ?? [])].find((one) => one.value === code);
    if (option) {
      option.selected = !option.selected;
      list()?.dispatchEvent(new Event("change", { bubbles: true }));
    }
    show();
  });
  show();
}
