/** The tree of layers: what is on the map, what it means, and what lies under it. */
import type { Ground } from "../grounds";
import { grounds } from "../grounds";
import { mark } from "../pictures";
import type { ToldLayer } from "../style";
import { choice, made, wordButton } from "./making";
import type { Close, Desk } from "./tools";
import { filled, WORDS } from "./words";

/** Whether a layer is called so: a piece of its title in any case. */
export function isCalled(layer: Pick<ToldLayer, "title" | "name">, words: string): boolean {
  const wanted = words.trim().toLocaleLowerCase();
  return wanted === "" || layer.title.toLocaleLowerCase().includes(wanted) || layer.name.startsWith(wanted);
}

export function open(desk: Desk): Close {
  const words = WORDS[desk.language];
  const filter = made("input", "form-control");
  filter.type = "search";
  filter.placeholder = words.filter;
  filter.setAttribute("aria-label", words.filter);
  const tree = made("div", "md-tree");
  const under = made("div", "md-under");
  const usual = wordButton(
    words.default,
    () => desk.show(new Set(desk.style.layers.filter((layer) => layer.shown).map((layer) => layer.name))),
    "md-link",
  );
  desk.body.append(filter, tree, usual, under);
  let known: readonly Ground[] = [];

  const inSight = (): Set<string> => new Set(desk.map.queryRenderedFeatures().map((one) => one.sourceLayer ?? ""));
  const draw = (): void => {
    drawTree(desk, tree, filter.value, inSight());
    usual.hidden = desk.style.layers.every((layer) => layer.shown === desk.shown.includes(layer));
    drawUnder(desk, under, known);
  };
  filter.addEventListener("input", draw);
  const ask = (): void =>
    void grounds(desk.day).then((found) => {
      known = found;
      draw();
    });
  const undo = [desk.hear("layers", draw), desk.hear("style", draw), desk.hear("day", ask)];
  desk.map.on("idle", draw);
  ask();
  draw();
  return () => {
    desk.map.off("idle", draw);
    for (const one of undo) one();
    desk.body.replaceChildren();
  };
}

/** Draws the groups with their layers, the last on top of the map first; who has the focus keeps it. */
function drawTree(desk: Desk, tree: HTMLElement, asked: string, inSight: ReadonlySet<string>): void {
  const words = WORDS[desk.language];
  const on = new Set(desk.shown.map((layer) => layer.name));
  const focused = (document.activeElement as HTMLElement | null)?.dataset["layer"];
  const groups = [...desk.style.groups].reverse().flatMap((group) => {
    const all = desk.style.layers.filter((layer) => layer.group === group.name);
    const found = all.filter((layer) => isCalled(layer, asked));
    if (found.length === 0) return [];
    const hidden = all.filter((layer) => !on.has(layer.name)).length;
    const turnAll = wordButton(
      hidden === 0 ? words.none : words.all,
      () => {
        const names = new Set(on);
        for (const layer of all) {
          if (hidden === 0) names.delete(layer.name);
          else names.add(layer.name);
        }
        desk.show(names);
      },
      "md-link",
    );
    const head = made("div", "md-group-head", made("h3", "", group.title));
    if (hidden > 0) head.append(made("span", "md-count", filled(words.hidden, { n: hidden })));
    head.append(turnAll);
    const list = made("ul", "md-layers", ...found.map((layer) => line(desk, layer, on, inSight)));
    const box = made("section", "md-group", head, list);
    box.dataset["group"] = group.name;
    return [box];
  });
  tree.replaceChildren(...(groups.length ? groups : [made("p", "md-quiet", words.noLayer)]));
  if (focused) tree.querySelector<HTMLElement>(`[data-layer="${focused}"]`)?.focus();
}

function line(desk: Desk, layer: ToldLayer, on: ReadonlySet<string>, inSight: ReadonlySet<string>): HTMLElement {
  const box = made("input", "form-check-input");
  box.type = "checkbox";
  box.checked = on.has(layer.name);
  box.dataset["layer"] = layer.name;
  box.addEventListener("change", () => {
    const names = new Set(on);
    if (box.checked) names.add(layer.name);
    else names.delete(layer.name);
    desk.show(names);
  });
  const item = made("li", "", made("label", "", box, layer.title));
  if (on.has(layer.name) && inSight.has(layer.name)) {
    item.append(
      made(
        "ul",
        "md-legend",
        ...layer.legend.map((one) => made("li", "", mark(one.mark, one.colour, desk.style.colours), one.words)),
      ),
    );
  } else if (on.has(layer.name)) {
    item.append(made("p", "md-quiet", WORDS[desk.language].notHere));
  }
  return item;
}

/** Draws the choice of a basemap, and the images with their opacity; nothing where there are none. */
function drawUnder(desk: Desk, under: HTMLElement, known: readonly Ground[]): void {
  if (under.contains(document.activeElement) && under.childElementCount) return; // A slider that is being moved stays.
  const words = WORDS[desk.language];
  const laid = desk.ground;
  const bases = known.filter((one) => one.kind === "base");
  const overlays = known.filter((one) => one.kind === "overlay");
  under.replaceChildren();
  if (bases.length) {
    const base = bases.find((one) => laid.has(one.name))?.name ?? "";
    const field = choice([["", words.own], ...bases.map((one) => [one.name, one.title] as const)], base);
    field.setAttribute("aria-label", words.basemap);
    field.addEventListener("change", () => {
      const next = new Map([...laid].filter(([name]) => !bases.some((one) => one.name === name)));
      if (field.value) next.set(field.value, 1);
      changeBase(desk, field.value !== "", base !== "");
      desk.lay(next);
    });
    under.append(made("h3", "", words.basemap), field);
    const shown = bases.find((one) => one.name === base);
    if (shown) under.append(opacity(desk, shown));
    if (shown?.trouble) under.append(made("p", "md-quiet", shown.trouble));
  }
  if (overlays.length) {
    under.append(made("h3", "", words.overlays));
    const list = made("ul", "md-layers");
    for (const one of overlays) {
      const box = made("input", "form-check-input");
      box.type = "checkbox";
      box.checked = laid.has(one.name);
      box.addEventListener("change", () => {
        const next = new Map(desk.ground);
        if (box.checked) next.set(one.name, 1);
        else next.delete(one.name);
        box.blur();
        desk.lay(next);
      });
      const item = made("li", "", made("label", "", box, one.title));
      if (box.checked) item.append(opacity(desk, one));
      if (box.checked && one.trouble) item.append(made("p", "md-quiet", one.trouble));
      list.append(item);
    }
    under.append(list);
  }
}

/** The drawn ground gives way to a picture of it, and comes back with our own map; each of its layers can be put on the picture. */
function changeBase(desk: Desk, toPicture: boolean, fromPicture: boolean): void {
  if (toPicture === fromPicture) return;
  const names = new Set(desk.shown.map((layer) => layer.name));
  for (const layer of desk.style.layers.filter((one) => one.group === "ground")) {
    if (toPicture) names.delete(layer.name);
    else if (layer.shown) names.add(layer.name);
  }
  desk.show(names);
}

function opacity(desk: Desk, ground: Ground): HTMLElement {
  const slider = made("input", "form-range");
  slider.type = "range";
  slider.min = "0";
  slider.max = "100";
  slider.step = "5";
  slider.value = String(Math.round((desk.ground.get(ground.name) ?? 1) * 100));
  const told = made("output", "", `${slider.value} %`);
  slider.addEventListener("input", () => {
    told.textContent = `${slider.value} %`;
    const next = new Map(desk.ground);
    next.set(ground.name, Number(slider.value) / 100);
    desk.lay(next);
  });
  slider.setAttribute("aria-label", `${WORDS[desk.language].opacity} · ${ground.title}`);
  return made("div", "md-opacity", made("span", "", WORDS[desk.language].opacity), slider, told);
}
