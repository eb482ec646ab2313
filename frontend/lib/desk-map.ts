import type { CityMapElement } from "../map/city-map";
import { putPlace } from "./place";

/**
 * The map of a desk follows what is worked: the case that is open stands in its middle, and where a form asks for a place a click
 * gives it. What was understood is said back in words.
 */
export function followOnMap(page: Document): void {
  const map = page.querySelector<CityMapElement>("#desk-map");
  if (!map) return;
  const follow = (): void => {
    const sheet = page.querySelector<HTMLElement>(".case-sheet");
    const asked = page.querySelector<HTMLInputElement>("form.act input[name$='.lon']");
    set(map, "marker", sheet?.dataset["spot"] ?? spotOf(asked));
    set(map, "address", sheet?.dataset["address"] ?? null);
    set(map, "selected", sheet?.dataset["number"] ?? null);
    if (sheet?.dataset["spot"]) {
      map.setAttribute("center", sheet.dataset["spot"]);
      map.setAttribute("zoom", "17");
    }
    set(map, "mode", asked ? "pick" : null);
  };
  page.addEventListener("htmx:afterSwap", follow);
  // What was done to a case is on the map at once: it would ask again only in a while.
  page.addEventListener("htmx:afterRequest", (event) => {
    const { requestConfig, successful } = (
      event as CustomEvent<{ requestConfig?: { verb?: string }; successful?: boolean }>
    ).detail;
    if (requestConfig?.verb === "post" && successful) map.engine?.refresh();
  });
  map.addEventListener("map-place", (event) => {
    const { lon, lat, words } = (event as CustomEvent<{ lon: number; lat: number; words?: string }>).detail;
    const form = page.querySelector<HTMLFormElement>("form.act");
    if (form) putPlace(form, lon, lat, words ?? "");
    follow();
  });
  follow();
}

/** The place that a form has so far, as the map takes it. */
function spotOf(lon: HTMLInputElement | null): string | null {
  const lat = lon?.form?.querySelector<HTMLInputElement>("input[name$='.lat']");
  return lon?.value && lat?.value ? `${lon.value},${lat.value}` : null;
}

function set(element: HTMLElement, name: string, value: string | null): void {
  if (value === null || value === "") element.removeAttribute(name);
  else element.setAttribute(name, value);
}
