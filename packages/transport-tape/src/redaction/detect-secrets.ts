/** Names whose values are secret. */
const secretNames = [
  /pass(?:words?|phrases?|wds?|codes?)?$|pwds?$|secret|tokens?$|credentials?$|signatures?$|jwts?$|authorization|cookie/i,
  /(?:api|access|private)[-_ ]?key|(?:auth|session)[-_ ]?(?:keys?|sig)$/i,
  // Only as whole words: "spin" is not secret.
  /(?<![a-z])(?:pin|t?otp|psk)s?$/i,
  /(?<=[a-z\d])(?:Pin|PIN|T?otp|T?OTP|Otp|Psk|PSK)s?$/,
];

/** Names whose values are secret if they look like keys. */
const weakNames = [
  /(?<![a-z])(?:keys?|sign|sig|auth|session(?:[-_ ]?id)?|sid|ticket|bearer|code)$/i,
  /(?<=[a-z\d])(?:Keys?|Sign|Sig|Auth|Session(?:I[dD])?|S[iI][dD]|Ticket|Bearer|Code)$/,
];

/** A JSON message whose type says that it authenticates. */
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

/** The characters of keys and ids. */
const keyLetters = /^[\w.~+/=-]{12,}$/;

/**
 * Whether a text looks like a generated key or id: a UUID; a text with a piece between punctuation that no name would have; or
 * one that alternates between lower case, upper case and digits throughout.
 */
export function looksRandom(text: string): boolean {
  return text.split(":").some((part) => {
    if (!keyLetters.test(part)) return false;
    const pieces = part.split(/[-._~+/=]/);
    return uuid.test(part) || pieces.some(isRandomPiece) || alternatesThroughout(pieces.join(""));
  });
}

/** Letters mixed with digits, or letters that are not words in camel case. */
function isRandomPiece(piece: string): boolean {
  if (piece.length < 12) return false;
  if (/\d/.test(piece)) return /[a-z]/i.test(piece);
  if (piece.length < 16) return false;
  return count(piece, /[a-z](?=[A-Z])/g) >= 3 && count(piece, /[aeiou]/gi) < piece.length * 0.3;
}

/** As base64 does, even in small pieces. Names change case once or twice per word. */
function alternatesThroughout(letters: string): boolean {
  if (letters.length < 20 || !/\d/.test(letters)) return false;
  const changes = count(letters, /[a-z](?=[A-Z\d])|[A-Z](?=[a-z\d])|\d(?=[A-Za-z])/g);
  return changes > letters.length * 0.45;
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

/*
 * Every pattern runs in linear time: one attempt to match never scans again what another has scanned.
 */

/**
 * A JSON Web Token (RFC 7519), the credentials after an HTTP authentication scheme, a Twitch chat password or a STOMP
 * passcode.
 */
const credentials =
  /(?<![\w-])eyJ[\w-]{8,}\.[\w-]+\.[\w-]*|(?<=\bBearer )[\w.~+/=-]{8,}|(?<=\bBasic )(?=[a-z]*[A-Z\d+/=])[\w+/=-]{8,}|(?<=\bPASS oauth:)[^\s"\\]+|(?<=^passcode:)[^\r\n\0]+/gm;

/** The password in a URL. */
const userinfo = /(:\/\/[^\s/?#"@:]*:)([^\s/?#"]+)@/g;

/** A parameter in a URL's query or fragment. */
const parameter = /([?&#])([\w.%[\]-]+)=([^&#\s"'<>\\]+)/g;

/** Whether a text may contain something that looks like a secret. */
export function mayLookSecret(text: string): boolean {
  return [credentials, userinfo, parameter].some((pattern) => text.search(pattern) >= 0);
}

/** The text with everything that looks like a secret replaced. */
export function replaceLookalikes(text: string, hide: (secret: string) => string): string {
  return text
    .replace(credentials, hide)
    .replace(userinfo, (_, before: string, password: string) => `${before}${hideEncoded(password, hide)}@`)
    .replace(parameter, (whole, mark: string, name: string, value: string) => {
      const isSecret = isSecretName(percentDecoded(name)) || looksRandom(percentDecoded(value));
      return isSecret ? `${mark}${name}=${hideEncoded(value, hide)}` : whole;
    });
}

/** Also learns the decoded form, which may occur elsewhere. */
function hideEncoded(value: string, hide: (secret: string) => string): string {
  const substitute = hide(value);
  const plain = percentDecoded(value);
  if (plain !== value) hide(plain);
  return substitute;
}

/** The decoded part of a URL, or the text itself if it is not valid percent-encoding. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
