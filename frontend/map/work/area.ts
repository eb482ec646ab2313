/** The area that is worked on: what was drawn, the metres around it; and how an address keeps it. */
import type { Geometry, Position } from "geojson";
import type { Point } from "../places";

export interface WorkArea {
  readonly shape: Geometry;
  /** Metres around it that belong to the area. */
  readonly buffer: number;
}

const KINDS = { polygon: "Polygon", line: "LineString", point: "Point" } as const;
type Kind = keyof typeof KINDS;

function isKind(text: string): text is Kind {
  return text in KINDS;
}

/** A shape of corners; null where there are too few for its kind. */
export function shapeOf(kind: Kind, corners: readonly Point[]): Geometry | null {
  const all = corners.map((one): Position => [...one]);
  const [first] = all;
  if (!first) return null;
  if (kind === "point") return { type: "Point", coordinates: first };
  if (kind === "line") return all.length > 1 ? { type: "LineString", coordinates: all } : null;
  return all.length > 2 ? { type: "Polygon", coordinates: [[...all, first]] } : null;
}

/** The four corners of the box between two. */
export function boxOf([west, south]: Point, [east, north]: Point): Point[] {
  return [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
  ];
}

/** `polygon:0:114.3,30.6 114.31,30.6 …`, as short as an address likes it; five decimals are a metre. */
export function areaTold({ shape, buffer }: WorkArea): string {
  const kind = (Object.keys(KINDS) as Kind[]).find((one) => KINDS[one] === shape.type);
  if (!kind || !("coordinates" in shape)) return "";
  const corners =
    shape.type === "Point"
      ? [shape.coordinates]
      : shape.type === "LineString"
        ? shape.coordinates
        : shape.type === "Polygon"
          ? (shape.coordinates[0] ?? []).slice(0, -1)
          : [];
  return `${kind}:${buffer}:${corners
    .map((one) =>
      one
        .slice(0, 2)
        .map((n) => n.toFixed(5))
        .join(","),
    )
    .join(" ")}`;
}

/** What `areaTold` wrote; null where it is none of it. */
export function areaAsked(text: string | null): WorkArea | null {
  const [kind = "", metres = "", list = ""] = (text ?? "").split(":");
  const buffer = Number(metres);
  const corners = list.split(" ").map((one) => one.split(",").map(Number));
  const isWhole = corners.every(
    ([lon = Number.NaN, lat = Number.NaN, ...more]) => more.length === 0 && Math.abs(lon) <= 180 && Math.abs(lat) <= 85,
  );
  if (!isKind(kind) || !isWhole || !Number.isFinite(buffer) || buffer < 0) return null;
  const shape = shapeOf(kind, corners as unknown as Point[]);
  return shape ? { shape, buffer } : null;
}
