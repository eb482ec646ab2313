/** A short sound, where this browser asked for one: two tones up for a call, two down for a red light. */
export type Reason = "called" | "red";

const TONES: Record<Reason, readonly [number, number]> = { called: [660, 880], red: [880, 587] };
const TONE_S = 0.14;
let speaker: AudioContext | undefined;

export function isWanted(page: Document): boolean {
  return page.documentElement.hasAttribute("data-sound");
}

export function sound(reason: Reason): void {
  speaker ??= new AudioContext();
  const begin = speaker.currentTime;
  TONES[reason].forEach((pitch, n) => {
    if (!speaker) return;
    const tone = speaker.createOscillator();
    const volume = speaker.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.12, begin + n * TONE_S);
    volume.gain.exponentialRampToValueAtTime(0.001, begin + (n + 1) * TONE_S);
    tone.connect(volume).connect(speaker.destination);
    tone.start(begin + n * TONE_S);
    tone.stop(begin + (n + 1) * TONE_S);
  });
}

/** What is new on a desk between two looks at it: a call counts before a red light. */
export function reasonFor(before: Standing, now: Standing): Reason | null {
  if (now.called > before.called) return "called";
  return now.reds > before.reds ? "red" : null;
}

/** The newest task that came by a call, and how many tasks shine red. */
export interface Standing {
  called: number;
  reds: number;
}

export function standingOf(list: Element): Standing {
  const filters = list.querySelector<HTMLElement>("[data-reds]");
  return { called: Number(filters?.dataset["called"] ?? 0), reds: Number(filters?.dataset["reds"] ?? 0) };
}
