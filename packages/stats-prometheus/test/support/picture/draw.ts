import { dashboardPanels } from "./dashboard.ts";
import { linesOf } from "./lines.ts";
import { drawPanel, escaped, panelHeight, panelWidth } from "./panel.ts";
import { recordRun, runSeconds, warmUpSeconds } from "./run.ts";

const columns = 3;
const gap = 10;
const stepSeconds = 5;
const title = "The Grafana dashboard of Outsock, drawn from a recorded run of one minute";

/** The panels of the dashboard as one SVG, from a run that is the same for the same seed. */
export async function drawDashboard(seed: number): Promise<string> {
  const recording = await recordRun(seed);
  const moments: number[] = [];
  for (let seconds = warmUpSeconds; seconds <= runSeconds; seconds += stepSeconds) moments.push(seconds);
  const panels = dashboardPanels();
  const drawn = panels.map((panel, at) => {
    const x = gap + (at % columns) * (panelWidth + gap);
    const y = gap + Math.floor(at / columns) * (panelHeight + gap);
    const lines = linesOf(panel, recording, moments);
    return `<g transform="translate(${x} ${y})">\n${drawPanel(panel, lines, moments)}\n</g>`;
  });
  const width = gap + columns * (panelWidth + gap);
  const height = gap + Math.ceil(panels.length / columns) * (panelHeight + gap);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title">
<title id="title">${escaped(title)}</title>
<style>text{font:10px system-ui,sans-serif;fill:#57606a}.title{font-weight:600;font-size:12.5px;fill:#1f2328}</style>
<rect width="${width}" height="${height}" fill="#f6f8fa"/>
${drawn.join("\n")}
</svg>
`;
}
