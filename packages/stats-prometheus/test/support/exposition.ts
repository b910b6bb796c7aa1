/** One line of an exposition. */
interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The samples below one HELP and TYPE. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly samples: readonly Sample[];
}

const helpLine = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/;
const typeLine = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$/;
const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const labelPair = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"(,|$)/;

/**
 * Reads the text format 0.0.4 (Prometheus, "Exposition formats"), strictly: each family has its HELP, its TYPE and its samples
 * together and once, no series appears twice, counters are not negative, and the buckets of a histogram add up.
 */
export function parseExposition(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const families = new Map<string, Family>();
  for (const block of text.trimEnd().split("\n\n")) {
    if (block === "") continue;
    const family = parseFamily(block.split("\n"));
    if (families.has(family.name)) throw new Error(`${family.name} comes twice`);
    families.set(family.name, family);
  }
  return families;
}

function parseFamily([first = "", second = "", ...lines]: readonly string[]): Family {
  const [, name = "", help = ""] = helpLine.exec(first) ?? fail(first);
  const [, typed, type] = typeLine.exec(second) ?? fail(second);
  if (typed !== name) throw new Error(`the TYPE of ${typed} is below the HELP of ${name}`);
  const samples = lines.map(parseSample);
  const series = samples.map((sample) => seriesOf(sample));
  if (new Set(series).size !== series.length) throw new Error(`${name} has a series twice`);
  if (type !== "counter" && type !== "gauge" && type !== "histogram") return fail(second);
  const family = { name, help, type, samples } as const;
  checkFamily(family);
  return family;
}

function checkFamily({ name, type, samples }: Family): void {
  const suffixes = type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
  for (const sample of samples) {
    if (!suffixes.some((suffix) => sample.name === name + suffix))
      throw new Error(`${sample.name} is in ${name}`);
    if (type !== "gauge" && !(sample.value >= 0)) throw new Error(`${sample.name} is ${sample.value}`);
  }
  if (type === "histogram") checkBuckets(name, samples);
}

function checkBuckets(name: string, samples: readonly Sample[]): void {
  for (const count of samples.filter((sample) => sample.name === `${name}_count`)) {
    const ofSeries = samples.filter(
      (sample) =>
        sample.name === `${name}_bucket` && seriesOf(without(sample, "le"), name) === seriesOf(count, name),
    );
    const bounds = ofSeries.map((sample) => Number((sample.labels.le ?? "").replace("+Inf", "Infinity")));
    const rises = (values: readonly number[]) =>
      values.every((value, at) => at === 0 || value >= (values[at - 1] ?? 0));
    if (!rises(bounds) || !rises(ofSeries.map((sample) => sample.value)))
      throw new Error(`${name} does not add up`);
    if (bounds.at(-1) !== Infinity || ofSeries.at(-1)?.value !== count.value)
      throw new Error(`${name} has no end`);
  }
}

function parseSample(line: string): Sample {
  const [, name = "", inBraces, value = ""] = sampleLine.exec(line) ?? fail(line);
  const labels: Record<string, string> = {};
  let rest = inBraces ?? "";
  while (rest !== "") {
    const [pair = "", label = "", content = ""] = labelPair.exec(rest) ?? fail(line);
    if (Object.hasOwn(labels, label)) throw new Error(`${label} comes twice in ${line}`);
    labels[label] = content.replace(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
    rest = rest.slice(pair.length);
    if (rest === "" && pair.endsWith(",")) fail(line);
  }
  const number = Number(value.replace("Inf", "Infinity"));
  if (Number.isNaN(number)) fail(line);
  return { name, labels, value: number };
}

function without({ name, labels, value }: Sample, label: string): Sample {
  return {
    name,
    labels: Object.fromEntries(Object.entries(labels).filter(([other]) => other !== label)),
    value,
  };
}

/** The name and the labels of a sample, as one string. */
function seriesOf({ name, labels }: Sample, as: string = name): string {
  return `${as}${JSON.stringify(Object.entries(labels).sort())}`;
}

function fail(line: string): never {
  throw new Error(`this is no exposition: ${line}`);
}
