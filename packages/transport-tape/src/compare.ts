import { differenceOf, shown } from "./difference.ts";
import type { MessageEntry } from "./entry.ts";
import { Redactor } from "./redaction/redactor.ts";
import type { Difference } from "./tape-error.ts";

type Payload = string | Uint8Array;

/**
 * When a message is the same as the one on the tape.
 *
 * - `"exact"`: the same JSON, whatever the order of its keys; or the same text or bytes.
 * - `"shape"`: the same JSON but for its values: the same keys, and values of the same types. Arrays may differ in length.
 * - a function of both, for everything else.
 */
export type TapeMatch = "exact" | "shape" | ((actual: Payload, recorded: Payload) => boolean);

export interface CompareOptions {
  readonly match?: TapeMatch | undefined;
  /** The one that the tape was recorded with, so that the same is taken out of what is compared. */
  readonly redact?: ((text: string) => string) | undefined;
  /** What is known to be secret, such as what was put in for a stand-in: it is taken out whatever it looks like. */
  readonly secrets?: readonly string[] | undefined;
}

/** Says where a message differs from the one on a tape, or nothing. Secrets are taken out of both and do not differ. */
export type Compare = (recorded: MessageEntry, actual: Payload) => Difference | undefined;

export function createCompare({ match, redact, secrets }: CompareOptions = {}): Compare {
  return compareWith(new Redactor(redact, secrets), match);
}

/** With a redactor that may know secrets from elsewhere. */
export function compareWith(redactor: Redactor, match: TapeMatch = "exact"): Compare {
  return (recorded, actual) => {
    if (typeof match !== "function") {
      return differenceOf(redactor.again(recorded), redactor.message(actual), match === "exact");
    }
    if (match(actual, payloadOf(recorded))) return undefined;
    return { at: "$", recorded: shown(redactor.again(recorded)), actual: shown(redactor.message(actual)) };
  };
}

/** What was sent or received, as it was: a text, or bytes. */
export function payloadOf({ text, bytes = "" }: MessageEntry): Payload {
  return text ?? new Uint8Array(Buffer.from(bytes, "base64"));
}
