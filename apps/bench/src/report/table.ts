import type { Report, Row } from "./report.ts";

const headings = ["row", "median", "quartiles", "gate", "aim", "", "what"];

/** The report as text, with one line per row. */
export function tableOf({ machine, rows }: Report): string {
  const lines = [headings, ...rows.map(cellsOf)];
  const widths = headings.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  const text = lines.map((cells) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
  const pinned = machine.pinned
    ? "clients and server on a core each"
    : "clients and server share cores: noisy";
  const head = `Node ${machine.node}, ${machine.platform}, ${machine.cpu}; ${pinned}`;
  return [head, "", ...text.map((line) => line.trimEnd()), "", summaryOf(rows), ""].join("\n");
}

function cellsOf(row: Row): readonly string[] {
  const { id, name, q1, median, q3, unit, gate, aim, better, verdict, because } = row;
  if (median === null || q1 === null || q3 === null)
    return [id, "-", "", "", "", row.pass === false ? "BROKEN" : "not measured", because ?? ""];
  const sign = better === "less" ? "<=" : ">=";
  return [
    id,
    `${short(median)} ${unit}`.trim(),
    `${short(q1)} - ${short(q3)}`,
    gate === null ? "" : `${sign} ${gate}`,
    aim === null ? "" : String(aim),
    verdict === "fail" ? "FAIL" : (verdict ?? ""),
    name,
  ];
}

function summaryOf(rows: readonly Row[]): string {
  const count = (verdict: Row["verdict"]) => rows.filter((row) => row.verdict === verdict).length;
  const unmeasured = rows.filter(({ median }) => median === null).length;
  return (
    `aim reached: ${count("aim")}, passed: ${count("pass")}, unclear: ${count("unclear")}, ` +
    `failed: ${count("fail")}, not measured: ${unmeasured}`
  );
}

function short(figure: number): string {
  return figure >= 100 ? figure.toFixed(0) : figure.toFixed(figure >= 10 ? 1 : 3).replace(/\.?0+$/, "");
}
