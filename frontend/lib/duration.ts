/** Spans of time as people say them. */

export type Language = "zh" | "en";

const WORDS = {
  zh: {
    day: " 天",
    hour: " 小时",
    minute: " 分",
    left: (span: string) => `还剩 ${span}`,
    late: (span: string) => `超时 ${span}`,
  },
  en: {
    day: " d",
    hour: " h",
    minute: " min",
    left: (span: string) => `${span} left`,
    late: (span: string) => `${span} late`,
  },
} as const;

/** The language that `element` is written in, by the nearest `lang`; Chinese where none is named. */
export function languageOf(element: Element): Language {
  return element.closest("[lang]")?.getAttribute("lang")?.startsWith("en") ? "en" : "zh";
}

/** `minutes` (not negative) in its two largest units: "1 h 20 min", "2 天 3 小时"; a zero second unit is left out. */
export function spanOf(minutes: number, language: Language): string {
  const words = WORDS[language];
  const parts: [number, string][] = [
    [Math.floor(minutes / 1440), words.day],
    [Math.floor(minutes / 60) % 24, words.hour],
    [minutes % 60, words.minute],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  if (first === -1) return `0${words.minute}`;
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join(" ");
}

/** What a due clock shows when `minutes` are left; a negative number is time over. */
export function describe(minutes: number, language: Language): string {
  const words = WORDS[language];
  return minutes < 0 ? words.late(spanOf(-minutes, language)) : words.left(spanOf(minutes, language));
}
