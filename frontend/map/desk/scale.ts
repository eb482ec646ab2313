/** How large the world is on a picture of it: pure, tested alone. */

const RADIUS_M = 6_378_137;
const WORLD_M = 2 * Math.PI * RADIUS_M;
const TILE = 512;
/** First eccentricity squared of WGS 84 (CGCS2000 differs in the eleventh digit). */
const E2 = 0.00669437999;
/** Millimetres of a point of the screen on paper: CSS says 96 to an inch. */
export const POINT_MM = 25.4 / 96;

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** How many metres on the ground a metre of Mercator's sphere is at a latitude: the mean of both directions on the ellipsoid. */
function trueShare(lat: number): number {
  const sine = Math.sin(radians(lat));
  return (Math.cos(radians(lat)) * Math.sqrt(1 - E2)) / (1 - E2 * sine * sine);
}

/** Metres on the ground of a point of the screen at a latitude and zoom. */
export function metresOfPoint(lat: number, zoom: number): number {
  return (WORLD_M * trueShare(lat)) / (TILE * 2 ** zoom);
}

/** The zoom at which a map has the scale 1 : `scale` on paper at a latitude. */
export function zoomOfScale(scale: number, lat: number): number {
  const metres = (scale * POINT_MM) / 1000;
  return Math.log2((WORLD_M * trueShare(lat)) / (TILE * metres));
}

/** The scale 1 : n that a map has on paper at a latitude and zoom. */
export function scaleOfZoom(zoom: number, lat: number): number {
  return (metresOfPoint(lat, zoom) * 1000) / POINT_MM;
}

/** The longest round distance (1, 2 or 5 and noughts) that is at most `metres`. */
export function roundDistance(metres: number): number {
  const power = 10 ** Math.floor(Math.log10(metres));
  return power * ([5, 2].find((one) => one * power <= metres * (1 + 1e-9)) ?? 1);
}

/** A distance as people read it: `200 m`, `5 km`. */
export function distanceTold(metres: number): string {
  return metres >= 1000 ? `${Number((metres / 1000).toPrecision(6))} km` : `${Number(metres.toPrecision(6))} m`;
}

export interface Paper {
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

/** Sheets in millimetres, as they lie upright. */
export const PAPERS: readonly Paper[] = [
  { name: "A4", width: 210, height: 297 },
  { name: "A3", width: 297, height: 420 },
];

export const SCALES = [500, 1000, 2000, 5000, 10_000, 25_000, 50_000] as const;

/** What lies around the map on a sheet, in millimetres: margins, the head above, the foot with legend and scale below. */
export const MARGIN_MM = 10;
export const HEAD_MM = 14;
export const FOOT_MM = 34;

/** Width and height of the map itself on a sheet, in millimetres. */
export function frameOf(paper: string, isWide: boolean): { width: number; height: number } {
  const sheet = PAPERS.find((one) => one.name === paper) ?? (PAPERS[0] as Paper);
  const [width, height] = isWide ? [sheet.height, sheet.width] : [sheet.width, sheet.height];
  return { width: width - 2 * MARGIN_MM, height: height - 2 * MARGIN_MM - HEAD_MM - FOOT_MM };
}
