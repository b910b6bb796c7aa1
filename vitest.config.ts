import { readdirSync } from "node:fs";
import { defineConfig } from "vitest/config";

const folders = ["packages", "apps"].flatMap((group) => readdirSync(group).map((name) => `${group}/${name}`));

/** One project for each package, named like its folder: `vitest run --project core`. */
export default defineConfig({
  test: {
    projects: folders.map((root) => ({
      // Sources are tested, not builds.
      resolve: { conditions: ["@outsock/source"] },
      ssr: { resolve: { conditions: ["@outsock/source", "module", "node", "import", "default"] } },
      test: {
        name: root.replace(/^.*\//, ""),
        root,
        include: ["test/**/*.test.ts"],
        testTimeout: 15_000,
      },
    })),
    coverage: { include: ["packages/*/src/**", "apps/*/src/**"] },
  },
});
