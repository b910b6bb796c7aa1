import type { OpenRequest } from "@outsock/core";
import { isSecretName, isWeakName, looksRandom, percentDecoded } from "./detect-secrets.ts";
import type { Secrets } from "./secrets.ts";

type Redact = (text: string) => string;

/** Subprotocols that announce a key as the next one, for clients that cannot send headers. */
const announcement = /^(?:(?:access|auth)[-_]?)?token$|^bearer$|^api[-_]?key$/i;

/** Both in one subprotocol: a name, a dot and the key. */
const named = /^(.*(?:api[-_]?key|token)\.)(.+)$/i;

export function learnHeaders(headers: OpenRequest["headers"], secrets: Secrets): void {
  for (const [name, value] of Object.entries(headers)) {
    if (/cookie/i.test(name)) learnCookies(value, secrets);
    else if (isSecretName(name)) learnCredentials(value, secrets);
    else if (looksRandom(value)) secrets.learn(value);
  }
}

export function redactedProtocols(protocols: readonly string[], secrets: Secrets): readonly string[] {
  return protocols.map((protocol, index) =>
    announcement.test(protocols[index - 1] ?? "")
      ? hideKey(protocol, secrets)
      : redactedProtocol(protocol, secrets),
  );
}

export function redactedProtocol(protocol: string, secrets: Secrets): string {
  const [, name, key] = named.exec(protocol) ?? [];
  const isNamed = name !== undefined && key !== undefined;
  return isNamed ? `${name}${hideKey(key, secrets)}` : redactedPart(protocol, secrets);
}

function hideKey(key: string, secrets: Secrets): string {
  secrets.learnSurely(key);
  return secrets.hide(key);
}

/** Hides those parts of a name that look generated. */
function redactedPart(text: string, secrets: Secrets): string {
  const parts = secrets.replaceIn(text).split(":");
  return parts.map((part) => (looksRandom(part) ? hidePart(part, secrets) : part)).join(":");
}

/** `redact` is applied last. */
export function redactedUrl(text: string, secrets: Secrets, redact: Redact): string {
  const { protocol, host, pathname, password, searchParams } = new URL(text);
  secrets.learnSurely(percentDecoded(password));
  const path = pathname
    .split("/")
    .map((part) => redactedPathPart(part, secrets))
    .join("/");
  const query = [...searchParams].map(([name, value]) => {
    const isSecret = isSecretName(name) || isWeakName(name) || looksRandom(value);
    const substitute = isSecret ? secrets.hideEverywhere(value) : secrets.hide(value);
    return `${encodeURIComponent(redactedPart(name, secrets))}=${substitute}`;
  });
  const url = redact(`${protocol}//${host}${path}${query.length === 0 ? "" : `?${query.join("&")}`}`);
  return URL.canParse(url) ? url : `${protocol}//***/`;
}

/** Also learns what follows the last dot, which may occur elsewhere by itself. */
function hidePart(part: string, secrets: Secrets): string {
  const substitute = secrets.hideEverywhere(part);
  const last = part.slice(part.lastIndexOf(".") + 1);
  if (last !== part && looksRandom(last)) secrets.learn(last);
  return substitute;
}

function redactedPathPart(part: string, secrets: Secrets): string {
  const plain = percentDecoded(part);
  const shown = redactedPart(plain, secrets);
  return shown === plain ? part : encodeURIComponent(shown);
}

/** Most cookies are not secret. */
function learnCookies(cookies: string, secrets: Secrets): void {
  for (const [, value = ""] of cookies.matchAll(/=\s*"?([^;"]+)/g)) secrets.learn(value.trim());
}

function learnCredentials(value: string, secrets: Secrets): void {
  secrets.learnSurely(value);
  const [, scheme, credentials = ""] = /^(\S+) (.+)$/.exec(value) ?? [];
  secrets.learnSurely(credentials);
  if (scheme?.toLowerCase() === "basic") {
    const [, password = ""] = /^[^:]*:(.*)$/s.exec(Buffer.from(credentials, "base64").toString()) ?? [];
    secrets.learnSurely(password);
  }
  for (const [, one = ""] of value.matchAll(/="?([^;,\s"]+)/g)) secrets.learnSurely(one);
}
