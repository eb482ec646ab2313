/** Draws an area, or a distance around something, and tells what lies in it. */
import type { Geometry } from "geojson";
import { labelled, made, wordButton } from "../desk/making";
import type { Close, Desk } from "../desk/tools";
import type { Point } from "../places";
import { areaAsked, areaTold, boxOf, shapeOf, type WorkArea } from "./area";
import { asked, Refusal } from "./asking";
import { countedOf, drawCounted } from "./counted";
import { areaOf, lengthOf } from "./geodesy";
import { Sketch, type SketchKind } from "./sketch";
import { tabs } from "./tabs";
import { toldArea, toldLength } from "./told";
import { WORDS } from "./words";

export const AREA = "area";
/** Metres around what is drawn, where nobody has said how many. */
const USUAL_M = 200;
const MOST_M = 5000;

type Way = "polygon" | "box" | "point" | "line" | "view";

export function open(desk: Desk): Close {
  const { language } = desk;
  const words = WORDS[language];
  const result = made("div", "mw-result");
  result.setAttribute("aria-live", "polite");
  const metres = made("input", "form-control");
  metres.type = "number";
  metres.min = "0";
  metres.max = String(MOST_M);
  metres.step = "any";
  let way: Way = "polygon";
  let drawn: WorkArea | null = areaAsked(desk.state.get(AREA));
  let asking: AbortController | null = null;

  const sketch = new Sketch(desk, "statistics", "polygon", {
    corners(all, isFinished) {
      const at = all.at(-1);
      if (isFinished || !at || all.length < 2) return [];
      const told =
        way === "line" ? toldLength(lengthOf(all), language) : all.length > 2 ? toldArea(areaOf(all), language) : "";
      return told ? [{ at, words: told }] : [];
    },
    finished(corners) {
      const shape = shapeOf(way === "line" ? "line" : way === "point" ? "point" : "polygon", corners as Point[]);
      if (shape) take(shape);
    },
  });

  function buffer(): number {
    const given = metres.value === "" ? Number.NaN : Number(metres.value);
    const isSurface = way !== "line" && way !== "point";
    if (Number.isFinite(given)) return Math.min(Math.max(given, 0), MOST_M);
    return isSurface ? 0 : USUAL_M;
  }

  function take(shape: Geometry): void {
    drawn = { shape, buffer: buffer() };
    desk.state.set(AREA, areaTold(drawn));
    void count();
  }

  async function count(): Promise<void> {
    if (!drawn) return;
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    result.replaceChildren(made("p", "md-quiet", words.counting));
    desk.say("");
    try {
      const day = desk.day ? `?day=${desk.day}` : "";
      const body = { area: drawn.shape, buffer_m: drawn.buffer };
      const counted = countedOf(await asked(`/map/statistics${day}`, body, signal));
      if (drawn.buffer > 0) sketch.show(counted.area);
      result.replaceChildren(
        drawCounted(counted, language),
        made(
          "div",
          "md-row",
          wordButton(words.takeAway, () => desk.open("export")),
          again(),
        ),
      );
    } catch (error) {
      if (signal.aborted) return;
      const why = error instanceof Refusal && error.message ? error.message : words.failed;
      result.replaceChildren(made("p", "mw-refused", why), again());
    }
  }

  function again(): HTMLElement {
    return wordButton(words.clear, () => begin());
  }

  function begin(): void {
    asking?.abort();
    drawn = null;
    desk.state.set(AREA, null);
    result.replaceChildren(made("p", "md-quiet", words.noArea));
    const around = way === "line" || way === "point";
    metres.placeholder = around ? String(USUAL_M) : "0";
    if (way === "view") {
      const box = desk.map.getBounds();
      sketch.clear();
      const shape = shapeOf("polygon", boxOf([box.getWest(), box.getSouth()], [box.getEast(), box.getNorth()]));
      if (shape) take(shape);
      return;
    }
    desk.say(
      way === "box"
        ? words.howBox
        : way === "point"
          ? words.howPoint
          : way === "line"
            ? words.howLine
            : words.howSurface,
    );
    sketch.begin(way as SketchKind);
  }

  const choose = tabs(
    words.how,
    [
      ["polygon", words.polygon],
      ["box", words.box],
      ["point", words.round],
      ["line", words.along],
      ["view", words.view],
    ],
    way,
    (chosen) => {
      way = chosen as Way;
      begin();
    },
  );
  metres.addEventListener("change", () => {
    if (drawn) take(drawn.shape);
  });
  desk.body.append(choose, labelled(words.buffer, metres), result);
  const undo = desk.hear("day", () => void count());
  if (drawn) {
    if (drawn.buffer) metres.value = String(drawn.buffer);
    sketch.show(drawn.shape);
    void count();
  } else begin();
  return () => {
    asking?.abort();
    undo();
    sketch.remove();
    desk.say("");
    desk.body.replaceChildren();
  };
}
