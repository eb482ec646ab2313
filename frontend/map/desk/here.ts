/** What lies at a place of the map. */
import type { Click, Desk } from "./tools";

export function tellOf(desk: Desk, click: Click): void {
  desk.say(`${click.lngLat.lng.toFixed(5)}, ${click.lngLat.lat.toFixed(5)}`);
}
