import { readdirSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

const folders = ["packages", "apps"].flatMap((group) => {
  const path = join(import.meta.dirname, group);
  return readdirSync(path).map((name) => ({ name, root: join(path, name) }));
});

/** Their test files leave nothing behind in a process, so that one can run after the other in it: starting them is most of the work. */
const sharing = new Set([
  "core",
  "contract-kit",
  "session",
  "limiter-contract",
  "limiter-redis",
  "stats-diagnostics",
  "stats-emf",
  "stats-prometheus",
  "transport-contract",
  "transport-faults",
  "transport-memory",
  "transport-pool",
]);

/** One project for each package, named like its folder: `vitest run --project core`. */
export default defineConfig({
  test: {
    projects: folders.map(({ name, root }) => ({
      // Sources are tested, not builds.
      resolve: { conditions: ["@outsock/source"] },
      ssr: { resolve: { conditions: ["@outsock/source", "module", "node", "import", "default"] } },
      test: {
        name,
        root,
        include: ["test/**/*.test.ts"],
        testTimeout: 15_000,
        isolate: !sharing.has(name),
        // What is measured there has the machine for itself.
        fileParallelism: name !== "bench",
      },
    })),
    coverage: { include: ["packages/*/src/**", "apps/*/src/**"] },
  },
});
