/** The drawings of the tools that measure, count and take away: Tabler Icons (MIT, Paweł Kuna), 24 × 24. */
export const WORK_ICONS = {
  measure: "M17 3l4 4l-14 14l-4 -4z M16 7l-1.5 -1.5 M13 10l-1.5 -1.5 M10 13l-1.5 -1.5 M7 16l-1.5 -1.5",
  statistics:
    "M10 5a2 2 0 1 0 4 0a2 2 0 1 0 -4 0 M17 8a2 2 0 1 0 4 0a2 2 0 1 0 -4 0 M3 11a2 2 0 1 0 4 0a2 2 0 1 0 -4 0 M13 19a2 2 0 1 0 4 0a2 2 0 1 0 -4 0 M6.5 9.5l3.5 -3 M14 5.5l3 1.5 M18.5 10l-2.5 7 M13.5 17.5l-7 -5",
  heat: "M12 12c2 -2.96 0 -7 -1 -8c0 3.038 -1.773 4.741 -3 6c-1.226 1.26 -2 3.24 -2 5a6 6 0 1 0 12 0c0 -1.532 -1.056 -3.94 -2 -5c-1.786 3 -2.791 3 -4 2z",
  takeAway: "M4 17v2a2 2 0 0 0 2 2h12a2 2 0 0 0 2 -2v-2 M7 11l5 5l5 -5 M12 4l0 12",
} as const;
