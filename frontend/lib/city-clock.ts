/** How fast the city's time passes on this page: as the machine's, unless it is a demo whose bar says otherwise. */

interface Stretch {
  since: number;
  speed: number;
}

const stretches: Stretch[] = [{ since: 0, speed: 1 }];

/** From now on (`performance.now()`) the city's time passes `speed` times as fast; 0 is a pause. */
export function runAt(speed: number, now: number = performance.now()): void {
  if (stretches.at(-1)?.speed !== speed) stretches.push({ since: now, speed });
}

/** Return the milliseconds of the city that have passed since `start`, a time of `performance.now()`. */
export function passedSince(start: number, now: number = performance.now()): number {
  let passed = 0;
  stretches.forEach((stretch, place) => {
    const end = Math.min(now, stretches[place + 1]?.since ?? now);
    passed += Math.max(0, end - Math.max(start, stretch.since)) * stretch.speed;
  });
  return passed;
}
