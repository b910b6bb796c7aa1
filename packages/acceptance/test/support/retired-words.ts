import { basename } from "node:path/posix";
import { identifiersIn, type SourceTexts } from "./source-graph.ts";

export interface RetiredWords {
  /** Words that no identifier may contain, each with what is said instead: `Leg` forbids `openLeg` and `legs` as well. */
  readonly anywhere: Readonly<Record<string, string>>;
  /** Words that are no name by themselves, but may be part of one: `Trip` allows `roundTrip`. */
  readonly alone: Readonly<Record<string, string>>;
}

/** The parts of a name, each with a capital: `openLegs2` and `open-legs` are `Open`, `Legs`. */
function wordsOf(name: string): readonly string[] {
  return (name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? []).map(
    (word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase(),
  );
}

/** Whether a run of a name's words is the retired one, in the singular or the plural. */
function contains(name: string, retired: string): boolean {
  const words = ` ${wordsOf(name).join(" ")} `;
  const term = wordsOf(retired).join(" ");
  return words.includes(` ${term} `) || words.includes(` ${term}s `);
}

/**
 * Identifiers and file names that use a retired word, each with its place and the word to use instead. Comments and
 * strings are free.
 */
export function retiredWordsIn(texts: SourceTexts, { anywhere, alone }: RetiredWords): readonly string[] {
  const found: string[] = [];
  const judge = (name: string, place: string): void => {
    for (const [word, instead] of Object.entries(anywhere)) {
      if (contains(name, word)) found.push(`${place} ${name}: say ${instead}`);
    }
    const instead = Object.hasOwn(alone, name) ? alone[name] : undefined;
    if (instead !== undefined) found.push(`${place} ${name}: say ${instead}`);
  };
  for (const [path, text] of texts) {
    for (const word of Object.keys(anywhere)) {
      const name = basename(path, ".ts");
      if (contains(name, word)) found.push(`${path}: say ${anywhere[word]}`);
    }
    for (const [name, line] of identifiersIn(path, text)) judge(name, `${path}:${line}`);
  }
  return found;
}
