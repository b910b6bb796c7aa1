/** The longest list that somebody reads. */
const longest = 12;

export interface Trace {
  /** The call, as in the heading: `session.call`. */
  readonly name: string;
  /** Source files from `packages/`, in the order in which the call enters them. */
  readonly files: readonly string[];
}

/** The traces of a page: each section of the third level whose list has file names in code at the start of its items. */
export function parseTraces(markdown: string): readonly Trace[] {
  return markdown
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const [heading = "", ...lines] = section.split(/^(?=##? )/m)[0]?.split("\n") ?? [];
      const files = lines.flatMap((line) => /^\d+\. `([^`]+)`/.exec(line)?.[1] ?? []);
      return { name: heading.replaceAll("`", "").trim(), files };
    })
    .filter(({ files }) => files.length > 0);
}

/** What is wrong with a trace, a line for each mistake, given what the call entered in fact, in order. */
export function mistakesIn(
  { files }: Trace,
  entered: readonly string[],
  exists: (file: string) => boolean,
): readonly string[] {
  const mistakes = files.length > longest ? [`${files.length} files are more than ${longest}`] : [];
  let latest = "";
  for (const [index, file] of files.entries()) {
    if (files.indexOf(file) < index) mistakes.push(`${file} is listed twice`);
    else if (!exists(file)) mistakes.push(`${file} does not exist`);
    else if (!entered.includes(file)) mistakes.push(`${file} does not run`);
    else if (entered.indexOf(file) < entered.indexOf(latest)) mistakes.push(`${file} runs before ${latest}`);
    else latest = file;
  }
  return mistakes;
}
