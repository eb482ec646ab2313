/** The letters of the map: Noto Sans SC from our own server, in pieces; the browser loads those whose characters occur. */
import ranges from "@fontsource-variable/noto-sans-sc/unicode.json";
import type { FontFacesSpecification } from "maplibre-gl";

const FILES = import.meta.glob<string>("../node_modules/@fontsource-variable/noto-sans-sc/files/*-wght-normal.woff2", {
  query: "?url",
  import: "default",
  eager: true,
});

/** The pieces by the name that `ranges` gives them: `latin`, `[4]` … */
function pieces(): { url: string; "unicode-range": string[] }[] {
  const known = ranges as Record<string, string>;
  return Object.entries(FILES).flatMap(([path, url]) => {
    const piece = /noto-sans-sc-(.+)-wght-normal\.woff2$/.exec(path)?.[1] ?? "";
    const range = known[piece] ?? known[`[${piece}]`];
    return range ? [{ url: new URL(url, import.meta.url).href, "unicode-range": range.split(",") }] : [];
  });
}

export const FONT_FACES: FontFacesSpecification = { "Noto Sans SC": pieces() };
