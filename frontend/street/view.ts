/** What the server tells of a picture, checked before it gets a type. */
export interface Way {
  readonly id: number;
  readonly metres: number;
  readonly bearing: number;
  readonly next: boolean;
}

export interface StreetPicture {
  readonly id: number;
  readonly kind: "pano" | "photo";
  readonly lon: number;
  readonly lat: number;
  readonly heading: number | null;
  readonly pitch: number;
  readonly roll: number;
  readonly look: number;
  readonly metres: number | null;
  readonly taken: string;
  readonly width: number;
  readonly height: number;
  readonly levels: readonly (readonly [number, number])[];
  readonly address: string;
  readonly beside: readonly Way[];
}

/** Returns what an answer tells; null where there is no picture, or the answer is none of ours. */
export function pictureOf(answer: unknown): StreetPicture | null {
  const view = isObject(answer) ? answer["view"] : null;
  if (!isObject(view)) return null;
  const isWhole =
    ["id", "lon", "lat", "pitch", "roll", "look", "width", "height"].every((name) => Number.isFinite(view[name])) &&
    ["pano", "photo"].includes(String(view["kind"])) &&
    typeof view["address"] === "string" &&
    Array.isArray(view["levels"]) &&
    Array.isArray(view["beside"]);
  return isWhole ? (view as unknown as StreetPicture) : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Asks for the picture that shows a place, on the map of a day if one is given; null where none is near. */
export async function pictureNear(place: string, day: string | null = null): Promise<StreetPicture | null> {
  const [lon = "", lat = ""] = place.split(",");
  const asked = new URLSearchParams({ lon, lat, ...(day ? { day } : {}) });
  return ask(`/streetview/near?${asked}`);
}

/** Asks for one picture, turned towards a place if one is given. */
export async function pictureAt(id: number): Promise<StreetPicture | null> {
  return ask(`/streetview/${id}.json`);
}

async function ask(address: string): Promise<StreetPicture | null> {
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  return answer.ok ? pictureOf(await answer.json()) : null;
}
