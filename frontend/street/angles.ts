/** Directions and distances on the ground, in degrees clockwise from north and in metres; a hundred metres of it are flat. */

export type Spot = readonly [lon: number, lat: number];

const DEGREE_M = 111_320;

/** Returns an angle as one of 0 ≤ … < 360. */
export function turned(angle: number): number {
  return ((angle % 360) + 360) % 360;
}

/** Returns how far one turns from one direction to another, the shorter way: -180 ≤ … < 180, to the right above 0. */
export function turnTo(from: number, to: number): number {
  return turned(to - from + 180) - 180;
}

export function bearing(from: Spot, to: Spot): number {
  const east = (to[0] - from[0]) * Math.cos((((from[1] + to[1]) / 2) * Math.PI) / 180);
  return turned((Math.atan2(east, to[1] - from[1]) * 180) / Math.PI);
}

/** Returns the place that lies so many metres away in a direction. */
export function moved([lon, lat]: Spot, direction: number, metres: number): Spot {
  const angle = (direction * Math.PI) / 180;
  const up = (metres * Math.cos(angle)) / DEGREE_M;
  const across = (metres * Math.sin(angle)) / (DEGREE_M * Math.cos((lat * Math.PI) / 180));
  return [lon + across, lat + up];
}

/** Returns the corners of what is seen from a place: a slice as wide as the picture's view. */
export function slice(at: Spot, look: number, width: number, metres: number): Spot[] {
  const corners: Spot[] = [at];
  const steps = 8;
  for (let step = 0; step <= steps; step++) {
    corners.push(moved(at, look - width / 2 + (width * step) / steps, metres));
  }
  corners.push(at);
  return corners;
}

/** Returns which way of several leads nearest to a direction, at most a quarter turn from it. */
export function wayTo<Way extends { bearing: number }>(ways: readonly Way[], look: number): Way | undefined {
  const near = ways.filter((way) => Math.abs(turnTo(look, way.bearing)) <= 90);
  return near.sort((a, b) => Math.abs(turnTo(look, a.bearing)) - Math.abs(turnTo(look, b.bearing)))[0];
}

/** Returns where in a flat panorama, as a share of its width, one looks. */
export function shareOf(look: number, heading: number): number {
  return (turnTo(heading, look) + 180) / 360;
}
