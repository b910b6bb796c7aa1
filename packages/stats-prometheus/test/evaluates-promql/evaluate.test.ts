import { describe, expect, it } from "vitest";
import { parseExposition } from "../support/exposition.ts";
import { evaluate } from "../support/promql/evaluate.ts";
import { parsePromql } from "../support/promql/parse.ts";
import { keyOf, Recording } from "../support/promql/recording.ts";

const at = (seconds: number, expression: string, recording: Recording): Record<string, number> =>
  Object.fromEntries(
    evaluate(parsePromql(expression), seconds, recording).map(({ labels, value }) => [keyOf(labels), value]),
  );

/** A counter of two series that rise by 2 and 6 a second, and a histogram. */
function recorded(): Recording {
  const recording = new Recording();
  for (const seconds of [0, 5, 10, 15, 20]) {
    const text = `# HELP c_total A counter.
# TYPE c_total counter
c_total{op="a",out="ok"} ${seconds * 2}
c_total{op="b",out="ok"} ${seconds * 6}

# HELP h A histogram.
# TYPE h histogram
h_bucket{le="1"} ${seconds * 10}
h_bucket{le="3"} ${seconds * 20}
h_bucket{le="+Inf"} ${seconds * 20}
h_sum ${seconds * 30}
h_count ${seconds * 20}
`;
    recording.add(seconds, parseExposition(text).values(), { job: "j" });
  }
  return recording;
}

describe("PromQL", () => {
  it.each([
    ["sum(c_total)", { "[]": 160 }],
    ['c_total{op="a"}', { '[["job","j"],["op","a"],["out","ok"]]': 40 }],
    ['sum by (op) (rate(c_total{op=~"a|b"}[10s]))', { '[["op","a"]]': 2, '[["op","b"]]': 6 }],
    ['sum(rate(c_total{op!="a"}[10s]))', { "[]": 6 }],
    ['count(c_total{op!~"b.*"})', { "[]": 1 }],
    ['sum(c_total{op="none"}) or vector(7)', { "[]": 7 }],
    ["1 + 2 * 3 - 4 / 2", { "[]": 5 }],
    ["(1 + 2) * 3", { "[]": 9 }],
    ["300 * count(c_total)", { "[]": 600 }],
    ['sum by (op) (c_total{op="a"}) / sum by (op) (c_total)', { '[["op","a"]]': 1 }],
    ["histogram_quantile(0.5, sum by (le) (rate(h_bucket[20s])))", { "[]": 1 }],
    ["histogram_quantile(0.75, sum by (le) (rate(h_bucket[20s])))", { "[]": 2 }],
  ])("%s", (expression, value) => {
    expect(at(20, expression, recorded())).toEqual(value);
  });

  it.each([
    "sum(",
    "sum)",
    "rate(c_total)",
    "rate(c_total[5x])",
    "c_total{op=a}",
    "c_total{op=='a'}",
    'c_total{op="a"',
    "sum by op (c_total)",
    "avg(c_total)",
    "c_total c_total",
    "",
  ])("%j is refused", (expression) => {
    expect(() => parsePromql(expression)).toThrow(SyntaxError);
  });
});

describe("the parser of expositions", () => {
  const head = "# HELP a_total A.\n# TYPE a_total counter\n";
  it.each([
    ["no TYPE", "# HELP a_total A.\na_total 1\n"],
    ["another name", `${head}b_total 1\n`],
    ["the same series twice", `${head}a_total{x="1"} 1\na_total{x="1"} 2\n`],
    ["the same family twice", `${head}a_total 1\n\n${head}a_total 1\n`],
    ["a negative counter", `${head}a_total -1\n`],
    ["no number", `${head}a_total Nan\n`],
    ["a comma too many", `${head}a_total{x="1",} 1\n`],
    ["an open quote", `${head}a_total{x="1} 1\n`],
    ["no end of line", `${head}a_total 1`],
    [
      "buckets that fall",
      '# HELP h A.\n# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n',
    ],
    ["buckets without an end", '# HELP h A.\n# TYPE h histogram\nh_bucket{le="1"} 1\nh_sum 1\nh_count 1\n'],
  ])("refuses %s", (_, text) => {
    expect(() => parseExposition(text)).toThrow();
  });
});
