// Draws grafana.svg, or the file that is named: node --conditions=@outsock/source dashboards/render.ts [file]
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { drawDashboard } from "../packages/stats-prometheus/test/support/picture/draw.ts";

export function drawGrafana(): Promise<string> {
  return drawDashboard(2_026);
}

if (import.meta.main) {
  const file = process.argv[2] ?? fileURLToPath(new URL("grafana.svg", import.meta.url));
  writeFileSync(file, await drawGrafana());
}
