const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** What keys and ids are written in. */
const keyLetters = /^[\w.~+/=-]{12,}$/;

/**
 * Whether a text looks like a key or an id, which nobody makes up by hand: a UUID; or one with a piece between punctuation
 * that no name has; or one that changes between small letters, capitals and digits all the time.
 */
export function looksRandom(text: string): boolean {
  return text.split(":").some((part) => {
    if (!keyLetters.test(part)) return false;
    const pieces = part.split(/[-._~+/=]/);
    return uuid.test(part) || pieces.some(isRandomPiece) || changesAllTheTime(pieces.join(""));
  });
}

/** Letters with digits among them, or letters that are no words in camel case. */
function isRandomPiece(piece: string): boolean {
  if (piece.length < 12) return false;
  if (/\d/.test(piece)) return /[a-z]/i.test(piece);
  if (piece.length < 16) return false;
  return count(piece, /[a-z](?=[A-Z])/g) >= 3 && count(piece, /[aeiou]/gi) < piece.length * 0.3;
}

/** As base64 does, also where it is all small pieces. Names change once or twice a word. */
function changesAllTheTime(letters: string): boolean {
  if (letters.length < 20 || !/\d/.test(letters)) return false;
  const changes = count(letters, /[a-z](?=[A-Z\d])|[A-Z](?=[a-z\d])|\d(?=[A-Za-z])/g);
  return changes > letters.length * 0.45;
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
