import { looksRandom } from "./looks-random.ts";
import { percentDecoded } from "./percent-decoded.ts";
import { isSecretName } from "./secret-names.ts";

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
