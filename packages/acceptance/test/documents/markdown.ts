/** A fenced block of code. */
export interface CodeBlock {
  /** The line of its fence, from 1. */
  readonly line: number;
  readonly language: string;
  /** What stands after the language on the fence: `run` in "```ts run". */
  readonly flags: readonly string[];
  readonly code: string;
  /** The comment right above, without its brackets: `example: simple-request/main.ts`. */
  readonly marker: string | undefined;
}

export interface Markdown {
  readonly blocks: readonly CodeBlock[];
  /** What a link may name after `#`, as GitHub makes it from the headings. */
  readonly anchors: readonly string[];
  readonly headings: readonly string[];
  readonly links: readonly Link[];
}

interface Link {
  readonly line: number;
  readonly target: string;
}

const fence = /^ {0,3}(?<ticks>`{3,})(?<info>.*)$/;
const heading = /^#{1,6} +(?<title>.*?) *$/;
const marker = /^<!-- (?<text>.*) -->$/;
const link = /\]\((?<target>[^()\s]+)\)/g;

/** As much of Markdown as this repository writes. */
export function parseMarkdown(text: string): Markdown {
  const lines = text.split("\n");
  const blocks: CodeBlock[] = [];
  const headings: string[] = [];
  const links: Link[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    const opening = fence.exec(line)?.groups;
    if (opening !== undefined) {
      const end = lines.indexOf(opening.ticks ?? "```", index + 1);
      if (end === -1) throw new Error(`the block of line ${index + 1} does not end`);
      blocks.push(blockOf(lines, index, end, opening.info ?? ""));
      index = end;
      continue;
    }
    const title = heading.exec(line)?.groups?.title;
    if (title !== undefined) headings.push(title);
    for (const { groups } of line.replaceAll(/`[^`]*`/g, "").matchAll(link)) {
      links.push({ line: index + 1, target: groups?.target ?? "" });
    }
  }
  return { blocks, headings, anchors: anchorsOf(headings), links };
}

function blockOf(lines: readonly string[], start: number, end: number, info: string): CodeBlock {
  const [language = "", ...flags] = info.trim().split(/\s+/);
  const above = lines.slice(0, start).findLast((line) => line !== "") ?? "";
  return {
    line: start + 1,
    language,
    flags,
    code: lines
      .slice(start + 1, end)
      .map((line) => `${line}\n`)
      .join(""),
    marker: marker.exec(above)?.groups?.text,
  };
}

function anchorsOf(headings: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  return headings.map((title) => {
    const slug = title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(/\s/g, "-");
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  });
}
