/** Print at scale: chooses paper and scale, shows on the map what of it comes on the sheet, and opens the sheet. */
import { choice, labelled, made } from "./making";
import { metresOf } from "./plate";
import { frameOf, PAPERS, SCALES, scaleOfZoom } from "./scale";
import type { Close, Desk } from "./tools";
import { WORDS } from "./words";

/** The share of the map that a frame takes at most. */
const ROOM = 0.92;

/** The scale of the list that is nearest to what the screen shows, as people compare scales: by their ratio. */
export function nearestScale(scale: number): number {
  const off = (one: number): number => Math.abs(Math.log(one / scale));
  return [...SCALES].reduce((best, one) => (off(one) < off(best) ? one : best));
}

export function open(desk: Desk): Close {
  const words = WORDS[desk.language];
  const { map, state, stage } = desk;
  const title = made("input", "form-control");
  title.maxLength = 60;
  title.value = desk.host.closest("map-desk")?.getAttribute("city") ?? "";
  const paper = choice(
    PAPERS.flatMap(({ name }) => [
      [`${name} tall`, `${name} · ${words.tall}`] as const,
      [`${name} wide`, `${name} · ${words.wide}`] as const,
    ]),
    "A4 wide",
  );
  const near = nearestScale(scaleOfZoom(map.getZoom(), map.getCenter().lat));
  const scale = choice(
    SCALES.map((one) => [String(one), `1 : ${one.toLocaleString("en-US").replaceAll(",", " ")}`] as const),
    state.get("print_scale") ?? String(near),
  );
  const go = made("a", "btn btn-primary", words.openSheet);
  go.target = "_blank";
  desk.body.append(
    made("p", "md-quiet", words.printHelp),
    labelled(words.title, title),
    labelled(words.paper, paper),
    labelled(words.scale, scale),
    go,
  );
  const frame = made("div", "md-paper");
  frame.setAttribute("aria-hidden", "true");
  stage.append(frame);

  const draw = (): void => {
    const [name = "A4", way = "wide"] = paper.value.split(" ");
    const size = frameOf(name, way === "wide");
    const points = Number(scale.value) / 1000 / metresOf(map);
    frame.style.width = `${size.width * points}px`;
    frame.style.height = `${size.height * points}px`;
    const { lat, lng } = map.getCenter();
    const asked = new URLSearchParams({ paper: name, way, scale: scale.value, title: title.value.trim() });
    for (const key of ["layers", "ground", "day"]) {
      const value = state.get(key);
      if (value) asked.set(key, value);
    }
    go.href = `/map/print?${asked}#map=${map.getZoom().toFixed(2)}/${lat.toFixed(6)}/${lng.toFixed(6)}`;
  };
  /** Goes far enough away that the whole frame is in sight. */
  const fit = (): void => {
    draw();
    const box = stage.getBoundingClientRect();
    const over = Math.max(frame.offsetWidth / (box.width * ROOM), frame.offsetHeight / (box.height * ROOM));
    if (over > 1) map.jumpTo({ zoom: map.getZoom() - Math.log2(over) });
  };
  title.addEventListener("input", draw);
  for (const field of [paper, scale]) field.addEventListener("input", fit);
  const undo = [desk.hear("layers", draw), desk.hear("day", draw)];
  map.on("move", draw);
  fit();
  return () => {
    map.off("move", draw);
    for (const one of undo) one();
    frame.remove();
    desk.body.replaceChildren();
  };
}
