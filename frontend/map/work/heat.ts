/** The heat of cases: where they were reported, and a window of time that moves over when. */
import type { ExpressionSpecification, GeoJSONSource } from "maplibre-gl";
import { choice, labelled, made } from "../desk/making";
import type { Close, Desk } from "../desk/tools";
import { asked, Refusal } from "./asking";
import { type Heat, heatOf, hottest, points, spanOf, within } from "./hot";
import { Strip } from "./strip";
import { tabs } from "./tabs";
import { toldCount } from "./told";
import { WORDS } from "./words";

const NAME = "heat-of-cases";
const WAIT_MS = 250;
const FIELDS = ["class", "source", "state"] as const;
const EMPTY = { type: "FeatureCollection", features: [] } as const;

/** From clear to hot, for light and for dark ground: one hue that darkens, so that it reads without colour too. */
const COLD_TO_HOT: Readonly<Record<"light" | "dark", readonly string[]>> = {
  light: [
    "rgba(253, 212, 158, 0)",
    "rgba(253, 187, 132, 0.55)",
    "rgba(252, 141, 89, 0.7)",
    "rgba(215, 48, 31, 0.8)",
    "rgba(127, 0, 0, 0.88)",
  ],
  dark: [
    "rgba(90, 40, 20, 0)",
    "rgba(176, 70, 24, 0.55)",
    "rgba(232, 120, 44, 0.7)",
    "rgba(252, 190, 94, 0.82)",
    "rgba(255, 244, 200, 0.92)",
  ],
};

export function open(desk: Desk): Close {
  const { language, map } = desk;
  const words = WORDS[language];
  let asking: AbortController | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let heat: Heat | null = null;
  let at = Number.POSITIVE_INFINITY;
  let span = desk.state.get("heat") ?? "week";
  if (!(span in words.windows)) span = "week";

  const said = made("p", "mw-said");
  said.setAttribute("aria-live", "polite");
  const narrow = made("div", "mw-narrow");
  const [since, until] = [made("input", "form-control"), made("input", "form-control")];
  for (const [field, key] of [
    [since, "heat_since"],
    [until, "heat_until"],
  ] as const) {
    field.type = "date";
    field.value = desk.state.get(key) ?? "";
    field.addEventListener("change", () => {
      desk.state.set(key, field.value || null);
      at = Number.POSITIVE_INFINITY;
      ask();
    });
  }
  const strip = new Strip(language, (now) => {
    at = now;
    draw();
  });
  desk.stage.append(strip.root);
  desk.body.append(
    tabs(words.window, Object.entries(words.windows), span, (chosen) => {
      span = chosen;
      desk.state.set("heat", span === "week" ? null : span);
      desk.state.set("heat_since", null);
      desk.state.set("heat_until", null);
      since.value = until.value = "";
      at = Number.POSITIVE_INFINITY;
      ask();
    }),
    made("div", "mw-days", labelled(words.since, since), labelled(words.until, until)),
    said,
    narrow,
    made("p", "md-quiet", words.keys),
  );

  function chosen(name: string): string {
    return (
      narrow.querySelector<HTMLSelectElement>(`select[name="${name}"]`)?.value ?? desk.state.get(`heat_${name}`) ?? ""
    );
  }

  /** Asks again in a moment: whoever drags the map asks once. */
  function ask(): void {
    clearTimeout(timer);
    timer = setTimeout(() => void fetchHeat(), WAIT_MS);
  }

  async function fetchHeat(): Promise<void> {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    const box = map.getBounds();
    const edges = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()];
    const query = new URLSearchParams({ bbox: edges.map((one) => one.toFixed(5)).join(","), window: span });
    if (since.value) query.set("since", since.value);
    if (until.value) query.set("until", until.value);
    for (const name of FIELDS) if (chosen(name)) query.set(name, chosen(name));
    try {
      heat = heatOf(await asked(`/map/heat.json?${query}`, undefined, signal));
      since.value = heat.since;
      until.value = heat.until;
      offerChoices(heat);
      at = Math.min(at, heat.steps.length - 1);
      strip.show(heat, at);
      draw();
    } catch (error) {
      if (signal.aborted) return;
      said.textContent = error instanceof Refusal && error.message ? error.message : words.failed;
    }
  }

  function offerChoices(told: Heat): void {
    const focused = document.activeElement instanceof HTMLSelectElement ? document.activeElement.name : "";
    const fields = FIELDS.map((name) => {
      const options: (readonly [string, string])[] = (told.choices[name] ?? []).map(
        ([value, title, count]) => [value, `${title} ${toldCount(count, language)}`] as const,
      );
      const held = chosen(name);
      if (held && !options.some(([value]) => value === held)) options.push([held, held]);
      const field = choice([["", words.any], ...options], held);
      field.name = name;
      field.addEventListener("change", () => {
        desk.state.set(`heat_${name}`, field.value || null);
        ask();
      });
      return labelled(words[name], field);
    });
    narrow.replaceChildren(...fields);
    if (focused) narrow.querySelector<HTMLSelectElement>(`select[name="${focused}"]`)?.focus();
  }

  function draw(): void {
    if (!heat) return;
    const numbers = within(heat, at - heat.length + 1, at + 1);
    map.getSource<GeoJSONSource>(NAME)?.setData(points(heat, numbers));
    if (map.getLayer(NAME)) map.setPaintProperty(NAME, "heatmap-weight", weight(heat));
    const [first, last] = spanOf(heat, at);
    const inWindow = numbers.reduce((sum, one) => sum + one, 0);
    const total = heat.counts.reduce((sum, one, n) => (n % 3 === 2 ? sum + one : sum), 0);
    said.textContent = total
      ? words.inView
          .replace("{n}", toldCount(total, language))
          .replace("{since}", heat.since)
          .replace("{until}", heat.until)
      : words.noCases;
    strip.tell(
      `${first === last ? first : `${first} – ${last}`} · ${words.inWindow.replace("{n}", toldCount(inWindow, language))}`,
    );
  }

  function weight(told: Heat): ExpressionSpecification {
    return ["min", 1, ["/", ["get", "n"], hottest(told)]];
  }

  const undress = desk.dress((_map, style) => {
    if (map.getSource(NAME)) return;
    const isDark = getComputedStyle(desk.host).colorScheme === "dark" || isDarkGround(style.colours["land"] ?? "#fff");
    const colours = COLD_TO_HOT[isDark ? "dark" : "light"];
    map.addSource(NAME, { type: "geojson", data: EMPTY as unknown as GeoJSON.FeatureCollection });
    const below = map.getStyle().layers.find((one) => one.type === "symbol")?.id;
    map.addLayer(
      {
        id: NAME,
        type: "heatmap",
        source: NAME,
        paint: {
          "heatmap-weight": 1,
          "heatmap-radius": ["interpolate", ["linear"], ["zoom"], 8, 14, 12, 24, 16, 56],
          "heatmap-intensity": 1,
          "heatmap-color": [
            "interpolate",
            ["linear"],
            ["heatmap-density"],
            ...colours.flatMap((colour, n) => [[0, 0.12, 0.35, 0.7, 1][n] ?? 1, colour]),
          ] as unknown as ExpressionSpecification,
        },
      },
      below,
    );
    draw();
  });
  const undo = desk.hear("move", ask);
  ask();
  return () => {
    asking?.abort();
    clearTimeout(timer);
    undo();
    undress();
    strip.remove();
    if (map.getLayer(NAME)) map.removeLayer(NAME);
    if (map.getSource(NAME)) map.removeSource(NAME);
    for (const key of ["heat", "heat_since", "heat_until", ...FIELDS.map((one) => `heat_${one}`)])
      desk.state.set(key, null);
    desk.body.replaceChildren();
  };
}

/** Whether a colour as `#rrggbb` is nearer to black than to white. */
export function isDarkGround(colour: string): boolean {
  const [red = 255, green = 255, blue = 255] = (colour.match(/[0-9a-f]{2}/gi) ?? []).map((one) =>
    Number.parseInt(one, 16),
  );
  return red * 0.3 + green * 0.6 + blue * 0.1 < 128;
}
