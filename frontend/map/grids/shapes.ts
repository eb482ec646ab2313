/** Grids of a draft as the server sends them, and what is asked of their corners and sides: pure, checked, tested alone. */
import type { Point } from "../places";

export interface Grid {
  readonly type: "Feature";
  readonly id: number;
  readonly geometry: { readonly type: "Polygon"; readonly coordinates: Point[][] };
  readonly properties: {
    readonly code: string;
    readonly community: string;
    readonly area: number;
    readonly parts: number;
    readonly cuts: number;
    readonly flaws: readonly string[];
  };
}

/** A corner that is shared by grids, or a straight side between two corners, near a place of the screen. */
export type Hold =
  | { readonly kind: "corner"; readonly at: Point }
  | { readonly kind: "side"; readonly at: Point; readonly one: Point; readonly other: Point };

export type Project = (point: Point) => { readonly x: number; readonly y: number };

/** What of `grids` can be taken hold of within `reach` pixels of a place of the screen: a corner rather than a side. */
export function holdNear(
  grids: Iterable<Grid>,
  spot: { x: number; y: number },
  project: Project,
  reach: number,
): Hold | null {
  let corner: { at: Point; far: number } | null = null;
  let side: { at: Point; one: Point; other: Point; far: number } | null = null;
  for (const grid of grids) {
    for (const ring of grid.geometry.coordinates) {
      for (let n = 0; n + 1 < ring.length; n++) {
        const one = ring[n] as Point;
        const other = ring[n + 1] as Point;
        const a = project(one);
        const b = project(other);
        const far = Math.hypot(a.x - spot.x, a.y - spot.y);
        if (far <= reach && (corner === null || far < corner.far)) corner = { at: one, far };
        const share = shareAlong(a, b, spot);
        const off = Math.hypot(a.x + (b.x - a.x) * share - spot.x, a.y + (b.y - a.y) * share - spot.y);
        if (off <= reach && (side === null || off < side.far)) {
          const at: Point = [one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share];
          side = { at, one, other, far: off };
        }
      }
    }
  }
  if (corner) return { kind: "corner", at: corner.at };
  return side ? { kind: "side", at: side.at, one: side.one, other: side.other } : null;
}

function shareAlong(a: { x: number; y: number }, b: { x: number; y: number }, at: { x: number; y: number }): number {
  const length = (b.x - a.x) ** 2 + (b.y - a.y) ** 2;
  if (length === 0) return 0;
  return Math.min(1, Math.max(0, ((at.x - a.x) * (b.x - a.x) + (at.y - a.y) * (b.y - a.y)) / length));
}

const same = (one: Point, other: Point): boolean => one[0] === other[0] && one[1] === other[1];

/** The grid once what is held lies at `to`: itself where it does not have it. */
export function pulled(grid: Grid, hold: Hold, to: Point): Grid {
  let changed = false;
  const rings = grid.geometry.coordinates.map((ring) => {
    if (hold.kind === "corner") {
      if (!ring.some((at) => same(at, hold.at))) return ring;
      changed = true;
      return ring.map((at) => (same(at, hold.at) ? to : at));
    }
    const place = ring.findIndex((at, n) => {
      const next = ring[n + 1];
      return next && ((same(at, hold.one) && same(next, hold.other)) || (same(at, hold.other) && same(next, hold.one)));
    });
    if (place < 0) return ring;
    changed = true;
    return [...ring.slice(0, place + 1), to, ...ring.slice(place + 1)];
  });
  return changed ? { ...grid, geometry: { type: "Polygon", coordinates: rings } } : grid;
}

/** Whether a point lies in a grid: within its border and in none of its holes. */
export function holds(grid: Grid, [lon, lat]: Point): boolean {
  let inside = false;
  for (const ring of grid.geometry.coordinates) {
    for (let n = 0; n + 1 < ring.length; n++) {
      const [x1, y1] = ring[n] as Point;
      const [x2, y2] = ring[n + 1] as Point;
      if (y1 > lat !== y2 > lat && lon < x1 + ((lat - y1) / (y2 - y1)) * (x2 - x1)) inside = !inside;
    }
  }
  return inside;
}

/** The point half way along a line; null of fewer than two points. */
export function middleOf(line: readonly Point[]): Point | null {
  const pieces = line.slice(1).map((to, n) => ({ from: line[n] as Point, to }));
  const lengths = pieces.map(({ from, to }) => Math.hypot(to[0] - from[0], to[1] - from[1]));
  let left = lengths.reduce((sum, one) => sum + one, 0) / 2;
  for (const [n, { from, to }] of pieces.entries()) {
    const length = lengths[n] as number;
    if (left <= length && length > 0) {
      const share = left / length;
      return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
    }
    left -= length;
  }
  return null;
}

/** The corners of a grid, each once. */
export function cornersOf(grid: Grid): Point[] {
  return grid.geometry.coordinates.flatMap((ring) => ring.slice(0, -1));
}

/** What the server answers, checked; throws where it is none of ours. */
export function answerOf(body: unknown): {
  step: number;
  last: number;
  gone: number[];
  grids: Grid[];
  exact: boolean;
  more: boolean;
} {
  const told = body as Partial<Record<string, unknown>> | null;
  if (typeof told?.["step"] !== "number" || !Array.isArray(told["features"]))
    throw new TypeError("no grids of a draft");
  return {
    step: told["step"],
    last: Number(told["last"] ?? told["step"]),
    gone: Array.isArray(told["gone"]) ? (told["gone"] as number[]) : [],
    grids: told["features"] as Grid[],
    exact: told["exact"] !== false,
    more: told["more"] === true,
  };
}
