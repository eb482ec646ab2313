/** Writes a place into the form of an act and says back what was understood; a form that asks for none stays as it is. */
export function putPlace(form: HTMLFormElement, lon: number, lat: number, words: string): void {
  const field = form.querySelector<HTMLInputElement>("input[name$='.lon']");
  const other = form.querySelector<HTMLInputElement>("input[name$='.lat']");
  if (!field || !other) return;
  field.value = lon.toFixed(6);
  other.value = lat.toFixed(6);
  // What is typed is kept by the event that typing makes.
  other.dispatchEvent(new Event("input", { bubbles: true }));
  form.dispatchEvent(new CustomEvent("place-set", { bubbles: true }));
  sayOfPlace(form, words);
}

/** Says something about the place that a form asks for, where there is something to say. */
export function sayOfPlace(form: HTMLFormElement, words: string): void {
  const understood = form.querySelector<HTMLElement>("fieldset [data-understood]");
  if (understood && words) understood.textContent = words;
}

/** What the staff's map knows of a place: its words; `isOutside` where it lies in none of the reader's cities. */
export interface Lies {
  readonly words: string;
  readonly isOutside: boolean;
}

/** Asks what lies at a place; without words where nobody answers: then it stands all the same. */
export async function whatLiesAt(lon: number, lat: number): Promise<Lies> {
  try {
    const answer = await fetch(`/map/where?lon=${lon}&lat=${lat}`, { redirect: "error" });
    const body = (await answer.json()) as { words?: string; detail?: string };
    return { words: body.words ?? body.detail ?? "", isOutside: answer.status === 404 };
  } catch {
    return { words: "", isOutside: false };
  }
}

/** Marks a place on the desk's map and goes there. */
export function showOnMap(lon: number, lat: number): void {
  const map = document.querySelector("#desk-map");
  const spot = `${lon.toFixed(6)},${lat.toFixed(6)}`;
  map?.setAttribute("marker", spot);
  map?.setAttribute("center", spot);
  map?.setAttribute("zoom", "17");
}

/** Whether this browser can tell where it is. */
export function canLocate(): boolean {
  return Boolean(navigator.geolocation) && isSecureContext;
}

export type Located = (lon: number, lat: number) => void;

/** Asks the browser where it is; one of the two is called. */
export function locate(found: Located, failed: () => void): void {
  navigator.geolocation.getCurrentPosition(({ coords }) => found(coords.longitude, coords.latitude), failed, {
    enableHighAccuracy: true,
    timeout: 10_000,
    maximumAge: 60_000,
  });
}

/** Whether a place lies within `bounds="west,south,east,north"`; of a map without bounds everything does. */
export function isWithin(bounds: string | null | undefined, lon: number, lat: number): boolean {
  const [west, south, east, north] = (bounds ?? "").split(",").map(Number);
  if (west === undefined || south === undefined || east === undefined || north === undefined) return true;
  return west <= lon && lon <= east && south <= lat && lat <= north;
}
