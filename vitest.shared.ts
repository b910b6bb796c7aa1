import { defineConfig, type ViteUserConfig } from "vitest/config";

/** What every package's tests share: sources are tested, not builds. */
export const shared: ViteUserConfig = defineConfig({
  resolve: { conditions: ["@outsock/source"] },
  ssr: { resolve: { conditions: ["@outsock/source", "module", "node", "import", "default"] } },
  test: { include: ["test/**/*.test.ts"], testTimeout: 15_000 },
});
