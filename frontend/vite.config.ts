import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Each entry becomes hashed files; Django finds them through the manifest (`cityloop.site.assets`). */
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  build: {
    outDir: fileURLToPath(new URL("../src/cityloop/site/static/built", import.meta.url)),
    emptyOutDir: true,
    manifest: "manifest.json",
    assetsInlineLimit: 0, // nothing inlined: the CSP allows 'self' and no data: fonts or scripts
    rolldownOptions: {
      input: {
        main: fileURLToPath(new URL("./main.ts", import.meta.url)),
        desk: fileURLToPath(new URL("./desk.ts", import.meta.url)),
        report: fileURLToPath(new URL("./report.ts", import.meta.url)),
      },
    },
  },
  test: { environment: "happy-dom", include: ["**/*.test.ts"] },
});
