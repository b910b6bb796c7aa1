import type { OpenRequest } from "@outsock/core";
import { isSecretName, isWeakName, looksRandom, percentDecoded } from "./detect-secrets.ts";
import type { Secrets } from "./secrets.ts";

type Redact = (text: string) => string;

/** What is offered before a key, by those who cannot send headers. */
const announcement = /^(?:(?:access|auth)[-_]?)?token$|^bearer$|^api[-_]?key$/i;

/** The same in one: a name, and behind its dot the key. */
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

/** Of names that are made of parts, the parts that nobody makes up. */
function redactedPart(text: string, secrets: Secrets): string {
  const parts = secrets.replaceIn(text).split(":");
  return parts.map((part) => (looksRandom(part) ? hidePart(part, secrets) : part)).join(":");
}

/** `own` has the last word. */
export function redactedUrl(text: string, secrets: Secrets, own: Redact): string {
  const { protocol, host, pathname, password, searchParams } = new URL(text);
  secrets.learnSurely(percentDecoded(password));
  const path = pathname
    .split("/")
    .map((part) => redactedPathPart(part, secrets))
    .join("/");
  const query = [...searchParams].map(([name, value]) => {
    const isSecret = isSecretName(name) || isWeakName(name) || looksRandom(value);
    const stand = isSecret ? secrets.hideEverywhere(value) : secrets.hide(value);
    return `${encodeURIComponent(redactedPart(name, secrets))}=${stand}`;
  });
  const url = own(`${protocol}//${host}${path}${query.length === 0 ? "" : `?${query.join("&")}`}`);
  return URL.canParse(url) ? url : `${protocol}//***/`;
}

/** What follows the last dot may stand elsewhere without what comes before. */
function hidePart(part: string, secrets: Secrets): string {
  const stand = secrets.hideEverywhere(part);
  const last = part.slice(part.lastIndexOf(".") + 1);
  if (last !== part && looksRandom(last)) secrets.learn(last);
  return stand;
}

function redactedPathPart(part: string, secrets: Secrets): string {
  const plain = percentDecoded(part);
  const shown = redactedPart(plain, secrets);
  return shown === plain ? part : encodeURIComponent(shown);
}

/** Most cookies are no secrets. */
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
