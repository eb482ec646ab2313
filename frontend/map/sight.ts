/** Where somebody looks who stands in street view: a slice on the map. */
import type { Feature, FeatureCollection } from "geojson";
import type { GeoJSONSource, Map as GlMap } from "maplibre-gl";
import { slice } from "../street/angles";

const SIGHT = "sight";
const REACH_M = 32;

/** `"lon,lat,look,width"`: degrees, the look clockwise from north. */
export function sightOf(text: string | null): [number, number, number, number] | null {
  const found = (text ?? "").split(",").map((part) => (part.trim() ? Number(part) : Number.NaN));
  const [lon = Number.NaN, lat = Number.NaN, look = Number.NaN, width = Number.NaN] = found;
  return found.length === 4 && [lon, lat, look, width].every(Number.isFinite) ? [lon, lat, look, width] : null;
}

/** Draws what the page names in `sight`, and brings it into the map's view; takes it away where it names nothing. */
export function showSight(map: GlMap, text: string | null, colour: string): void {
  const sight = sightOf(text);
  const data = {
    type: "FeatureCollection",
    features: sight === null ? [] : features(...sight),
  } as FeatureCollection;
  const source = map.getSource<GeoJSONSource>(SIGHT);
  if (source) source.setData(data);
  else if (sight) add(map, data, colour);
  if (!sight) return;
  const [lon, lat] = sight;
  if (!map.getBounds().contains([lon, lat]) || map.getZoom() < 15) {
    map.easeTo({ center: [lon, lat], zoom: Math.max(map.getZoom(), 17) });
  }
}

function features(lon: number, lat: number, look: number, width: number): Feature[] {
  const corners = slice([lon, lat], look, width, REACH_M);
  return [
    {
      type: "Feature",
      properties: {},
      geometry: { type: "Polygon", coordinates: [corners.map((corner) => [...corner])] },
    },
    { type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [lon, lat] } },
  ];
}

function add(map: GlMap, data: FeatureCollection, colour: string): void {
  map.addSource(SIGHT, { type: "geojson", data });
  map.addLayer({
    id: `${SIGHT}-slice`,
    type: "fill",
    source: SIGHT,
    filter: ["==", ["geometry-type"], "Polygon"],
    paint: { "fill-color": colour, "fill-opacity": 0.35 },
  });
  map.addLayer({
    id: `${SIGHT}-spot`,
    type: "circle",
    source: SIGHT,
    filter: ["==", ["geometry-type"], "Point"],
    paint: {
      "circle-radius": 7,
      "circle-color": colour,
      "circle-stroke-color": "#ffffff",
      "circle-stroke-width": 2,
    },
  });
}
