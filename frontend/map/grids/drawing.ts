/** How the grids of a draft are drawn over the map: their sources and layers, and what goes into them. */
import type { Map as GlMap } from "maplibre-gl";
import type { Colours } from "../pictures";
import type { Point } from "../places";
import type { Grid } from "./shapes";

export const SOURCES = { grids: "draft-grids", marks: "draft-marks", fill: "draft-fill" } as const;

const NOTHING: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };

/** Adds the sources and layers, empty, to a map whose style has just come. */
export function dressDraft(map: GlMap, colours: Colours): void {
  const accent = colours["accent"] ?? "";
  const bad = colours["light_red"] ?? accent;
  const plain = colours["grid"] ?? accent;
  const halo = colours["halo"] ?? "";
  map.addSource(SOURCES.grids, { type: "geojson", data: NOTHING });
  map.addSource(SOURCES.marks, { type: "geojson", data: NOTHING });
  map.addLayer({
    id: SOURCES.fill,
    type: "fill",
    source: SOURCES.grids,
    paint: {
      "fill-color": ["case", ["get", "chosen"], accent, [">", ["get", "bad"], 0], bad, accent],
      "fill-opacity": ["case", ["get", "chosen"], 0.28, [">", ["get", "bad"], 0], 0.1, 0.02],
    },
  });
  map.addLayer({
    id: "draft-line",
    type: "line",
    source: SOURCES.grids,
    layout: { "line-join": "round" },
    paint: {
      "line-color": ["case", ["get", "chosen"], accent, plain],
      "line-width": ["interpolate", ["linear"], ["zoom"], 12, 0.6, 16, 1.4, 18, 2],
    },
  });
  map.addLayer({
    id: "draft-number",
    type: "symbol",
    source: SOURCES.grids,
    minzoom: 15.5,
    layout: { "text-field": ["get", "number"], "text-size": 11 },
    paint: { "text-color": colours["label_strong"] ?? accent, "text-halo-color": halo, "text-halo-width": 1.4 },
  });
  map.addLayer({
    id: "draft-cut",
    type: "line",
    source: SOURCES.marks,
    filter: ["==", ["geometry-type"], "LineString"],
    paint: { "line-color": bad, "line-width": 2, "line-dasharray": [2, 1.5] },
  });
  map.addLayer({
    id: "draft-corner",
    type: "circle",
    source: SOURCES.marks,
    filter: ["==", ["geometry-type"], "Point"],
    paint: {
      "circle-radius": ["case", ["get", "held"], 6, 3],
      "circle-color": ["case", ["get", "held"], accent, halo],
      "circle-stroke-color": accent,
      "circle-stroke-width": 1.5,
    },
  });
}

const point = (at: Point, held: boolean): GeoJSON.Feature => ({
  type: "Feature",
  properties: { held },
  geometry: { type: "Point", coordinates: [at[0], at[1]] },
});

export const drawn = {
  /** The grids, each with what its drawing depends on. */
  grids(grids: Iterable<Grid>, chosen: ReadonlySet<number>): GeoJSON.FeatureCollection {
    return {
      type: "FeatureCollection",
      features: [...grids].map((grid) => ({
        type: "Feature",
        id: grid.id,
        properties: {
          chosen: chosen.has(grid.id),
          bad: grid.properties.flaws.length,
          number: grid.properties.code ? grid.properties.code.slice(-3) : "+",
        },
        geometry: grid.geometry as unknown as GeoJSON.Polygon,
      })),
    };
  },

  /** Corners that can be taken, what is held, and a line in the making. */
  marks(corners: readonly Point[], held: Point | null, line: readonly Point[]): GeoJSON.FeatureCollection {
    const features = [...corners, ...line].map((at) => point(at, false));
    if (held) features.push(point(held, true));
    if (line.length > 1) {
      const coordinates = line.map(([lon, lat]) => [lon, lat]);
      features.push({ type: "Feature", properties: { held: false }, geometry: { type: "LineString", coordinates } });
    }
    return { type: "FeatureCollection", features };
  },
};
