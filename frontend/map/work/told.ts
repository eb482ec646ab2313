/** Numbers as people read them. */
import type { Language } from "../../lib/duration";

function plain(value: number, digits: number, language: Language): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);
}

/** A whole number with its thousands apart. */
export function toldCount(value: number, language: Language): string {
  return plain(value, 0, language);
}

/** Metres, or kilometres from ten of them on: "12.3 m", "845 m", "12.35 km". */
export function toldLength(metres: number, language: Language): string {
  if (metres >= 10_000) return `${plain(metres / 1000, 2, language)} km`;
  return `${plain(metres, metres < 100 ? 1 : 0, language)} m`;
}

/** Square metres, hectares from ten of them on, square kilometres from ten of those on. */
export function toldArea(m2: number, language: Language): string {
  if (m2 >= 1e7) return `${plain(m2 / 1e6, 2, language)} km²`;
  if (m2 >= 1e5) return `${plain(m2 / 1e4, 2, language)} ${language === "en" ? "ha" : "公顷"}`;
  return `${plain(m2, m2 < 100 ? 1 : 0, language)} m²`;
}
