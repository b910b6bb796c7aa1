/** Names whose strings are secret. */
const secretNames = [
  /pass(?:words?|phrases?|wds?|codes?)?$|pwds?$|secret|tokens?$|credentials?$|signatures?$|jwts?$|authorization|cookie/i,
  /(?:api|access|private)[-_ ]?key|(?:auth|session)[-_ ]?(?:keys?|sig)$/i,
  // As words of their own: there is "spin", too.
  /(?<![a-z])(?:pin|t?otp|psk)s?$/i,
  /(?<=[a-z\d])(?:Pin|PIN|T?otp|T?OTP|Otp|Psk|PSK)s?$/,
];

/** Names whose strings are secret if they look so. */
const weakNames = [
  /(?<![a-z])(?:keys?|sign|sig|auth|session(?:[-_ ]?id)?|sid|ticket|bearer|code)$/i,
  /(?<=[a-z\d])(?:Keys?|Sign|Sig|Auth|Session(?:I[dD])?|S[iI][dD]|Ticket|Bearer|Code)$/,
];

/** A JSON message that says of itself that somebody is to prove who he is. */
const authentication =
  /"(?:op|type|method|event|action|cmd)"\s*:\s*"[^"]{0,64}?(?:auth(?!or(?!i))|log[-_ ]?[io]n)/i;

export function isSecretName(name: string): boolean {
  return secretNames.some((pattern) => pattern.test(name));
}

export function isWeakName(name: string): boolean {
  return weakNames.some((pattern) => pattern.test(name));
}

export function authenticates(json: string): boolean {
  return authentication.test(json);
}

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

/*
 * Every pattern takes time in proportion to the text: where one can begin, no other beginning of it is looked at again.
 */

/**
 * A JSON Web Token (RFC 7519), what follows the name of an HTTP authentication scheme, a password of Twitch's chat, one of
 * STOMP.
 */
const credentials =
  /(?<![\w-])eyJ[\w-]{8,}\.[\w-]+\.[\w-]*|(?<=\bBearer )[\w.~+/=-]{8,}|(?<=\bBasic )(?=[a-z]*[A-Z\d+/=])[\w+/=-]{8,}|(?<=\bPASS oauth:)[^\s"\\]+|(?<=^passcode:)[^\r\n\0]+/gm;

/** The password of a URL. */
const userinfo = /(:\/\/[^\s/?#"@:]*:)([^\s/?#"]+)@/g;

/** A parameter of a URL's query or fragment. */
const parameter = /([?&#])([\w.%[\]-]+)=([^&#\s"'<>\\]+)/g;

/** Whether there may be something in a text that is a secret by its looks. */
export function mayHaveSecretLooks(text: string): boolean {
  return [credentials, userinfo, parameter].some((pattern) => text.search(pattern) >= 0);
}

/** A text with something else in place of what is a secret by its looks. */
export function replaceSecretLooks(text: string, hide: (secret: string) => string): string {
  return text
    .replace(credentials, hide)
    .replace(userinfo, (_, before: string, password: string) => `${before}${hideEncoded(password, hide)}@`)
    .replace(parameter, (whole, mark: string, name: string, value: string) => {
      const isSecret = isSecretName(percentDecoded(name)) || looksRandom(percentDecoded(value));
      return isSecret ? `${mark}${name}=${hideEncoded(value, hide)}` : whole;
    });
}

/** Elsewhere it may stand as it is. */
function hideEncoded(value: string, hide: (secret: string) => string): string {
  const stand = hide(value);
  const plain = percentDecoded(value);
  if (plain !== value) hide(plain);
  return stand;
}

/** What a part of a URL stands for; where it is no such thing, itself. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
