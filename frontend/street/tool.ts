/** The tool of the map's desk: its layer on the map, and a click that opens the nearest picture. */
import type { Close, Desk } from "../map/desk/tools";
import { closeStreet, openStreet } from "./open";
import { pictureNear } from "./view";
import { WORDS } from "./words";

const LAYER = "streetview";

export function open(desk: Desk): Close {
  const words = WORDS[desk.language];
  const shown = new Set(desk.shown.map((layer) => layer.name));
  const wasOn = shown.has(LAYER);
  if (!wasOn) desk.show(new Set([...shown, LAYER]));
  for (const text of [words.hint, words.keys]) {
    const line = document.createElement("p");
    line.className = "lead";
    line.textContent = text;
    desk.body.append(line);
  }
  let turn = 0;
  const undo = desk.takeClicks(({ lngLat }) => {
    const mine = ++turn;
    desk.say(words.loading);
    void pictureNear(`${lngLat.lng},${lngLat.lat}`, desk.day)
      .catch(() => null)
      .then((view) => {
        if (mine !== turn) return;
        desk.say(view ? "" : words.none);
        if (view) void openStreet(view, desk.host, null);
      });
  });
  return () => {
    turn += 1;
    undo();
    closeStreet();
    if (!wasOn) desk.show(new Set(desk.shown.map((layer) => layer.name).filter((name) => name !== LAYER)));
    desk.body.replaceChildren();
  };
}
