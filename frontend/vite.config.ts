import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const SMALLEST = 1000;

/** Lays `.gz` and `.br` beside scripts and styles: the server sends what the browser takes, compressed once and not at each request. */
function compressed(): Plugin {
  return {
    name: "compressed",
    async writeBundle({ dir = "" }, bundle) {
      for (const name of Object.keys(bundle).filter((one) => /\.(js|mjs|css|svg)$/.test(one))) {
        const path = join(dir, name);
        const content = await readFile(path);
        if (content.length < SMALLEST) continue;
        await writeFile(`${path}.gz`, await promisify(gzip)(content, { level: 9 }));
        await writeFile(`${path}.br`, await promisify(brotliCompress)(content));
      }
    },
  };
}

/** Each entry becomes hashed files; Django finds them through the manifest (`cityloop.site.assets`). */
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  plugins: [compressed()],
  build: {
    outDir: fileURLToPath(new URL("../src/cityloop/site/static/built", import.meta.url)),
    emptyOutDir: true,
    manifest: "manifest.json",
    assetsInlineLimit: 0, // nothing inlined: the CSP allows 'self' and no data: fonts or scripts
    rolldownOptions: {
      input: {
        main: fileURLToPath(new URL("./main.ts", import.meta.url)),
        desk: fileURLToPath(new URL("./desk.ts", import.meta.url)),
        map: fileURLToPath(new URL("./map.ts", import.meta.url)),
        report: fileURLToPath(new URL("./report.ts", import.meta.url)),
      },
    },
  },
  test: { environment: "happy-dom", include: ["**/*.test.ts"] },
});
