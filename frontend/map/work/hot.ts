/** The heat of cases: what the server counted by cell and step, and how many there are in a window of time. Pure. */
import type { FeatureCollection, Point } from "geojson";

export type Choice = readonly [value: string, words: string, count: number];

export interface Heat {
  readonly unit: "day" | "week" | "month";
  /** Steps that the window holds. */
  readonly length: number;
  readonly since: string;
  readonly until: string;
  readonly steps: readonly string[];
  readonly cells: readonly (readonly [number, number])[];
  /** Cell, step, number; again and again. */
  readonly counts: readonly number[];
  readonly choices: Readonly<Record<string, readonly Choice[]>>;
  /** Of the tiles that are the cells. */
  readonly zoom: number;
}

/** The answer of `/map/heat.json`. Throws where it is none. */
export function heatOf(body: unknown): Heat {
  const told = body as Heat | null;
  if (!told || !Array.isArray(told.steps) || !Array.isArray(told.cells) || !Array.isArray(told.counts))
    throw new TypeError("no heat");
  return told;
}

/** How many were reported in each step. */
export function histogram(heat: Heat): number[] {
  const all = heat.steps.map(() => 0);
  for (let n = 0; n + 2 < heat.counts.length; n += 3) {
    const step = heat.counts[n + 1] ?? 0;
    all[step] = (all[step] ?? 0) + (heat.counts[n + 2] ?? 0);
  }
  return all;
}

/** How many were reported in each cell within the steps from `first` on to before `past`. */
export function within(heat: Heat, first: number, past: number): number[] {
  const all = heat.cells.map(() => 0);
  for (let n = 0; n + 2 < heat.counts.length; n += 3) {
    const [cell = 0, step = 0, count = 0] = heat.counts.slice(n, n + 3);
    if (step >= first && step < past) all[cell] = (all[cell] ?? 0) + count;
  }
  return all;
}

/** The cells as points with their numbers, those without any left out. */
export function points(heat: Heat, numbers: readonly number[]): FeatureCollection<Point> {
  return {
    type: "FeatureCollection",
    features: heat.cells.flatMap(([lon, lat], n) =>
      numbers[n]
        ? [
            {
              type: "Feature" as const,
              properties: { n: numbers[n] },
              geometry: { type: "Point" as const, coordinates: [lon, lat] },
            },
          ]
        : [],
    ),
  };
}

/** What counts as hot: the number that all but the hottest fiftieth of all cells with cases have over the whole time, at any window. */
export function hottest(heat: Heat): number {
  const share = Math.min(1, heat.length / Math.max(heat.steps.length, 1));
  const numbers = within(heat, 0, heat.steps.length)
    .filter((n) => n > 0)
    .sort((one, other) => one - other);
  const high = numbers[Math.floor((numbers.length - 1) * 0.98)] ?? 1;
  return Math.max(1, high * Math.sqrt(share));
}

/** The first and the last day of a window whose last step is `at`. */
export function spanOf(heat: Heat, at: number): readonly [string, string] {
  const first = heat.steps[Math.max(0, at - heat.length + 1)] ?? "";
  const next = heat.steps[at + 1];
  if (!next) return [first, heat.until];
  const day = new Date(`${next}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() - 1);
  return [first, day.toISOString().slice(0, 10)];
}
