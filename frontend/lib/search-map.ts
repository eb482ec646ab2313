/** The map beside a search: the area that is drawn on it narrows the search, and a case that is pointed at shows where it lies. */
export function searchByMap(page: Document): void {
  const map = page.querySelector<HTMLElement>("#search-map");
  const form = page.querySelector<HTMLFormElement>("#search");
  const field = page.querySelector<HTMLInputElement>("#s-area");
  const note = page.querySelector<HTMLElement>("#s-drawn");
  if (!form || !field) return;
  const keep = (area: string): void => {
    field.value = area;
    if (note) note.hidden = area === "";
    if (area === "") map?.removeAttribute("area");
    form.requestSubmit();
  };
  map?.addEventListener("map-area", (event) => {
    keep(JSON.stringify((event as CustomEvent<{ area: unknown }>).detail.area));
  });
  note?.querySelector("[data-forgets=area]")?.addEventListener("click", () => keep(""));
  const point = (event: Event): void => {
    const link = event.target instanceof Element ? event.target.closest<HTMLElement>(".hits a[data-spot]") : null;
    if (link?.dataset["spot"]) map?.setAttribute("marker", link.dataset["spot"]);
  };
  page.addEventListener("mouseover", point);
  page.addEventListener("focusin", point);
}
