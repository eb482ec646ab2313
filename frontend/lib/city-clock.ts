/** What time it is in the city: it passes as the machine's does, unless it is a demo whose bar says otherwise. */

interface Look {
  /** By `performance.now()`. */
  since: number;
  /** The city's time then, in milliseconds. */
  at: number;
  speed: number;
}

const looks: Look[] = [];
const MOST = 200;

/** At `now` (`performance.now()`) it was `at` in the city, and from then on its time passes `speed` times as fast; 0 is a pause. */
export function cityIsAt(at: number, speed: number, now: number = performance.now()): void {
  looks.push({ since: now, at, speed });
  if (looks.length > MOST) looks.splice(1, 1); // the first stays: what was drawn with the page counts from it
}

/** Return the milliseconds of the city that have passed since `start`, a time of `performance.now()`. */
export function passedSince(start: number, now: number = performance.now()): number {
  return Math.max(0, timeAt(now) - timeAt(start));
}

/** Between two looks the time went evenly from one to the other, whatever speed was believed meanwhile. */
function timeAt(when: number): number {
  const next = looks.findIndex((look) => look.since > when);
  const [first, after] = [looks[0], looks[next]];
  if (!first) return when;
  if (after === first) return first.at - (first.since - when);
  const before = looks.at(next === -1 ? -1 : next - 1) ?? first;
  if (!after) return before.at + (when - before.since) * before.speed;
  return before.at + ((when - before.since) / (after.since - before.since)) * (after.at - before.at);
}
