/** Two maps of the same place beside each other, with a line between them that is moved: two days, two sets of layers, two grounds. */
import type { CityMapElement } from "../city-map";
import { type Ground, grounds } from "../grounds";
import { choice, labelled, made } from "./making";
import type { Close, Desk } from "./tools";
import { filled, WORDS } from "./words";

const STEP = 2;

/** The share of the width, in per cent, that a key leads the line to; null where the key is none of its own. */
export function moved(share: number, key: string): number | null {
  const to =
    key === "ArrowLeft"
      ? share - STEP
      : key === "ArrowRight"
        ? share + STEP
        : key === "PageDown"
          ? share - 10
          : key === "PageUp"
            ? share + 10
            : key === "Home"
              ? 0
              : key === "End"
                ? 100
                : null;
  return to === null ? null : Math.min(Math.max(to, 0), 100);
}

export function open(desk: Desk): Close {
  const words = WORDS[desk.language];
  const { host, stage, state, map } = desk;
  const other = document.createElement("city-map") as CityMapElement;
  other.className = "md-other";
  other.setAttribute("aria-hidden", "true");
  other.inert = true;
  const centre = map.getCenter();
  other.setAttribute("center", `${centre.lng},${centre.lat}`);
  other.setAttribute("zoom", String(map.getZoom()));
  const line = made("div", "md-line-between", made("span", "md-grip"));
  for (const [name, value] of Object.entries({
    role: "slider",
    tabindex: "0",
    "aria-label": words.swipeLine,
    "aria-valuemin": "0",
    "aria-valuemax": "100",
    "aria-orientation": "horizontal",
  }))
    line.setAttribute(name, value);
  let share = 50;
  const put = (to: number): void => {
    share = Math.min(Math.max(to, 0), 100);
    line.style.left = `${share}%`;
    other.style.clipPath = `inset(0 0 0 ${share}%)`;
    line.setAttribute("aria-valuenow", String(Math.round(share)));
  };

  const day = made("input", "form-control");
  day.type = "date";
  day.value = state.get("swipe_day") ?? "";
  const ground = choice([["", words.own]], "");
  const layers = made("div", "md-swipe-layers");
  const left = made("p", "md-quiet");
  const groundField = labelled(words.basemap, ground);
  groundField.hidden = true;
  desk.body.append(left, made("h3", "", words.rightSide), labelled(words.day, day), groundField, layers);
  let known: readonly Ground[] = [];

  /** The layers of the right side; as on the left where nothing else is said. */
  const rightLayers = (): Set<string> => {
    const kept = state.get("swipe_layers");
    return new Set(kept === null ? desk.shown.map((layer) => layer.name) : kept.split(","));
  };
  const follow = (): void => {
    const only = [...rightLayers()].join(",") || "none";
    if (other.getAttribute("only") !== only) other.setAttribute("only", only);
    const rightDay = state.get("swipe_day");
    if (rightDay) other.setAttribute("day", rightDay);
    else other.removeAttribute("day");
    const under = state.get("swipe_ground");
    if (under) other.setAttribute("ground", under);
    else other.removeAttribute("ground");
    left.textContent = filled(words.leftSide, { day: desk.day ?? words.today });
    drawLayers();
  };
  const drawLayers = (): void => {
    const focused = (document.activeElement as HTMLElement | null)?.dataset["right"];
    const on = rightLayers();
    layers.replaceChildren(
      made("h3", "", words.layers),
      made(
        "ul",
        "md-layers",
        ...[...desk.style.layers].map((layer) => {
          const box = made("input", "form-check-input");
          box.type = "checkbox";
          box.checked = on.has(layer.name);
          box.dataset["right"] = layer.name;
          box.addEventListener("change", () => {
            if (box.checked) on.add(layer.name);
            else on.delete(layer.name);
            state.set("swipe_layers", [...on].join(",") || "none");
            follow();
          });
          return made("li", "", made("label", "", box, layer.title));
        }),
      ),
    );
    if (focused) layers.querySelector<HTMLElement>(`[data-right="${focused}"]`)?.focus();
  };
  day.addEventListener("change", () => {
    state.set("swipe_day", day.value);
    follow();
  });
  ground.addEventListener("change", () => {
    state.set("swipe_ground", ground.value);
    const on = rightLayers();
    for (const layer of desk.style.layers.filter((one) => one.group === "ground")) {
      if (ground.value && isBase(known, ground.value)) on.delete(layer.name);
      else if (layer.shown) on.add(layer.name);
    }
    state.set("swipe_layers", [...on].join(","));
    follow();
  });
  void grounds().then((found) => {
    known = found;
    groundField.hidden = found.length === 0;
    ground.append(
      ...found.map((one) => {
        const option = made("option", "", one.title);
        option.value = one.name;
        option.selected = one.name === state.get("swipe_ground");
        return option;
      }),
    );
  });

  const sync = (): void => {
    other.engine?.map.jumpTo({ center: map.getCenter(), zoom: map.getZoom() });
  };
  const started = (): void => {
    sync();
    follow();
  };
  other.addEventListener("map-start", started);
  map.on("move", sync);
  const drag = (event: PointerEvent): void => {
    const box = stage.getBoundingClientRect();
    put(((event.clientX - box.left) / box.width) * 100);
  };
  line.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    line.focus();
    line.setPointerCapture(event.pointerId);
    line.addEventListener("pointermove", drag);
  });
  line.addEventListener("pointerup", () => line.removeEventListener("pointermove", drag));
  line.addEventListener("pointercancel", () => line.removeEventListener("pointermove", drag));
  line.addEventListener("keydown", (event) => {
    const to = moved(share, event.key);
    if (to === null) return;
    event.preventDefault();
    put(to);
  });
  const kept = Number(state.get("swipe_at") ?? "50");
  put(Number.isFinite(kept) ? kept : 50);
  line.addEventListener("blur", () => state.set("swipe_at", String(Math.round(share))));
  const undo = [desk.hear("layers", follow), desk.hear("day", follow)];
  follow();
  host.after(other, line);
  return () => {
    map.off("move", sync);
    for (const one of undo) one();
    other.remove();
    line.remove();
    for (const key of ["swipe_day", "swipe_layers", "swipe_ground", "swipe_at"]) state.set(key, null);
    desk.body.replaceChildren();
  };
}

function isBase(known: readonly Ground[], name: string): boolean {
  return known.some((one) => one.name === name && one.kind === "base");
}
