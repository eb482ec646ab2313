/**
 * The map of a desk follows what is worked: the case that is open stands in its middle, and where a form asks for a place a click
 * gives it. What was understood is said back in words.
 */
export function followOnMap(page: Document): void {
  const map = page.querySelector<HTMLElement>("#desk-map");
  if (!map) return;
  const follow = (): void => {
    const sheet = page.querySelector<HTMLElement>(".case-sheet");
    const asked = page.querySelector<HTMLInputElement>("form.act input[name$='.lon']");
    set(map, "marker", sheet?.dataset["spot"] ?? null);
    set(map, "address", sheet?.dataset["address"] ?? null);
    set(map, "selected", sheet?.dataset["number"] ?? null);
    if (sheet?.dataset["spot"]) {
      map.setAttribute("center", sheet.dataset["spot"]);
      map.setAttribute("zoom", "17");
    }
    set(map, "mode", asked ? "pick" : null);
  };
  page.addEventListener("htmx:afterSwap", follow);
  map.addEventListener("map-place", (event) => {
    const { lon, lat, words } = (event as CustomEvent<{ lon: number; lat: number; words?: string }>).detail;
    const field = page.querySelector<HTMLInputElement>("form.act input[name$='.lon']");
    const other = page.querySelector<HTMLInputElement>("form.act input[name$='.lat']");
    if (!field || !other) return;
    field.value = lon.toFixed(6);
    other.value = lat.toFixed(6);
    field.form?.dispatchEvent(new CustomEvent("place-set", { bubbles: true }));
    const understood = field.closest("fieldset")?.querySelector<HTMLElement>("[data-understood]");
    if (understood && words) understood.textContent = words;
  });
  follow();
}

function set(element: HTMLElement, name: string, value: string | null): void {
  if (value === null || value === "") element.removeAttribute(name);
  else element.setAttribute(name, value);
}
