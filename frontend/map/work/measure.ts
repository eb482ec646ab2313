/** Measures distances along a line and areas, true on the ground. */
import { made, wordButton } from "../desk/making";
import type { Close, Desk } from "../desk/tools";
import type { Point } from "../places";
import { areaOf, lengthOf, metresBetween } from "./geodesy";
import { type Label, Sketch, type SketchKind } from "./sketch";
import { tabs } from "./tabs";
import { toldArea, toldLength } from "./told";
import { WORDS } from "./words";

export function open(desk: Desk): Close {
  const { language } = desk;
  const words = WORDS[language];
  const result = made("div", "mw-result");
  result.setAttribute("aria-live", "polite");
  let kind: SketchKind = desk.state.get("measure") === "area" ? "polygon" : "line";

  const labelled = (all: readonly Point[]): readonly Label[] => {
    const at = all.at(-1);
    if (!at || all.length < 2) return [];
    if (kind === "line") return [{ at, words: toldLength(lengthOf(all), language) }];
    return all.length > 2 ? [{ at: middleOf(all), words: toldArea(areaOf(all), language) }] : [];
  };
  const sketch = new Sketch(desk, "measure", kind, {
    corners(all) {
      tell(all);
      return labelled(all);
    },
    finished() {
      tell(sketch.corners);
    },
  });

  function tell(all: readonly Point[]): void {
    result.replaceChildren(kind === "line" ? lengths(all) : surface(all));
  }

  function lengths(all: readonly Point[]): HTMLElement {
    const rows = all.slice(1).map((to, n) => {
      const piece = metresBetween(all[n] ?? to, to);
      return [`${words.piece} ${n + 1}`, toldLength(piece, language)] as const;
    });
    return figures([[words.total, toldLength(lengthOf(all), language)]], rows);
  }

  function surface(all: readonly Point[]): HTMLElement {
    const ring = all.length > 2 ? [...all, all[0] as Point] : all;
    return figures(
      [
        [words.drawnArea, toldArea(areaOf(all), language)],
        [words.border, toldLength(lengthOf(ring), language)],
      ],
      [],
    );
  }

  const begin = (): void => {
    desk.say(kind === "line" ? words.howLine : words.howSurface);
    sketch.begin(kind);
  };
  const choose = tabs(
    words.how,
    [
      ["line", words.line],
      ["polygon", words.surface],
    ],
    kind,
    (chosen) => {
      kind = chosen as SketchKind;
      desk.state.set("measure", kind === "polygon" ? "area" : null);
      begin();
    },
  );
  desk.body.append(
    choose,
    result,
    made(
      "div",
      "md-row",
      wordButton(words.finish, () => sketch.finish()),
      wordButton(words.back, () => sketch.back()),
      wordButton(words.again, begin),
    ),
    made("p", "md-quiet", words.onEllipsoid),
  );
  begin();
  return () => {
    sketch.remove();
    desk.state.set("measure", null);
    desk.say("");
    desk.body.replaceChildren();
  };
}

function middleOf(all: readonly Point[]): Point {
  const [lon, lat] = all.reduce(([x, y], [lon, lat]) => [x + lon, y + lat], [0, 0]);
  return [lon / all.length, lat / all.length];
}

/** Large figures, and a list of smaller ones. */
function figures(
  large: readonly (readonly [string, string])[],
  small: readonly (readonly [string, string])[],
): HTMLElement {
  const list = made("dl", "mw-figures");
  for (const [title, text] of large) list.append(made("dt", "", title), made("dd", "large", text));
  for (const [title, text] of small) list.append(made("dt", "", title), made("dd", "", text));
  return list;
}
