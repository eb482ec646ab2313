/** Return a city's time as people there read it: month, day, weekday, hour and minute. `at` in milliseconds since 1970. */
export function cityTime(at: number, zone: string, lang: string): string {
  const english = lang.startsWith("en");
  return new Intl.DateTimeFormat(english ? "en-GB" : "zh-CN", {
    timeZone: zone,
    month: english ? "short" : "long",
    day: "numeric",
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
  }).format(at);
}
