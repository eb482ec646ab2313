/** Opens street view beside a map, one at a time, and shows on the map where one looks. */
import { languageOf } from "../lib/duration";
import type { StreetPanel } from "./panel";
import { pictureAt, type StreetPicture } from "./view";
import { WORDS } from "./words";

const NARROW_PX = 800;
const SHARE = 0.55;

let open: StreetPanel | null = null;
let turn = 0;

/** Opens the panel with a picture; its map is the one named, else the first of the page. */
export async function openStreet(
  view: StreetPicture,
  map: HTMLElement | null,
  asker: HTMLElement | null,
): Promise<void> {
  const mine = ++turn;
  const { StreetPanel } = await import("./panel");
  if (mine !== turn) return;
  if (open) {
    await open.showView(view, view.look);
    open.root.focus();
    return;
  }
  const words = WORDS[languageOf(map ?? document.documentElement)];
  const before = map?.getAttribute("style") ?? null;
  const away = new AbortController();
  open = new StreetPanel(
    view,
    words,
    (at, look, width) => {
      if (!map) return;
      if (at) map.setAttribute("sight", `${at.lon},${at.lat},${look.toFixed(1)},${Math.round(width)}`);
      else map.removeAttribute("sight");
    },
    () => {
      away.abort();
      if (map) restore(map, before);
      open = null;
      asker?.focus();
    },
  );
  document.body.append(open.root);
  const panel = open.root;
  place(panel, map, before);
  addEventListener("resize", () => place(panel, map, before), { signal: away.signal });
  // A desk that goes on to another case leaves the street.
  document.addEventListener("htmx:afterSwap", (event) => left(event), { signal: away.signal });
  panel.focus();
}

/** Leaves the street, if somebody stands in it. */
export function closeStreet(): void {
  open?.close();
}

function left(event: Event): void {
  if (event.target instanceof HTMLElement && event.target.id === "main") open?.close();
}

/** Lays the panel beside the map: over the work where the map has a column of its own, over a part of a map that fills the page. */
function place(panel: HTMLElement, map: HTMLElement | null, before: string | null): void {
  if (map) restore(map, before);
  const box = map?.checkVisibility() ? map.getBoundingClientRect() : null;
  const rail = document.querySelector(".rail")?.getBoundingClientRect();
  const start = rail && rail.height > rail.width ? rail.right : 0;
  if (!box || box.width < 120) {
    lay(panel, { left: start, right: 0, bottom: 0 });
  } else if (innerWidth < NARROW_PX) {
    lay(panel, { left: 0, right: 0, bottom: innerHeight * 0.4 });
  } else if (box.width < innerWidth * 0.55 && box.left > innerWidth * 0.4) {
    lay(panel, { left: start, right: innerWidth - box.left, bottom: 0 });
  } else {
    const wide = Math.round(box.width * SHARE);
    lay(panel, { left: box.left, right: innerWidth - box.left - wide, bottom: 0, top: box.top });
    map?.style.setProperty("margin-inline-start", `${wide}px`);
    map?.style.setProperty("inline-size", `${Math.round(box.width) - wide}px`);
  }
}

function lay(panel: HTMLElement, sides: { left: number; right: number; bottom: number; top?: number }): void {
  panel.style.insetBlock = `${sides.top ?? 0}px ${sides.bottom}px`;
  panel.style.insetInline = `${sides.left}px ${sides.right}px`;
}

function restore(map: HTMLElement, before: string | null): void {
  if (before === null) map.removeAttribute("style");
  else map.setAttribute("style", before);
}

/** Opens the picture that was chosen on a map's layer of street view. */
export function openFromMap(root: Document): void {
  root.addEventListener("map-open", (event) => {
    const { layer, key } = (event as CustomEvent<{ layer?: string; key?: string }>).detail;
    if (layer !== "streetview" || !key || !(event.target instanceof HTMLElement)) return;
    event.preventDefault();
    const map = event.target;
    void pictureAt(Number(key)).then((view) => {
      if (view) void openStreet(view, map, null);
    });
  });
}
