import { type Check, checkOptions, checks } from "@outsock/core/options";
import type { UrlRule } from "./url-rule.ts";

/** What a guard lets through. Every refusal is URL_FORBIDDEN. */
export interface GuardOptions {
  /**
   * Only URLs that match one of these may be dialled; an empty array allows none. Default: every URL. What is allowed here
   * still has to have an allowed address.
   */
  readonly allow?: readonly UrlRule[] | undefined;
  /**
   * URLs that match one of these are refused, whatever `allow` says. Default: none. It reads the URL: to a name that leads
   * to a denied address it does not apply.
   */
  readonly deny?: readonly UrlRule[] | undefined;
  /**
   * Also lets through private (RFC 1918), loopback, carrier-grade NAT (RFC 6598) and unique-local addresses (RFC 4193).
   * Never link-local ones, nor those where clouds hand out credentials. Default: false.
   */
  readonly allowPrivate?: boolean | undefined;
  /**
   * Addresses ("10.1.2.3", "fd00::5") and ranges ("10.1.0.0/16") let through although they are not public. Link-local
   * addresses and those where clouds hand out credentials have to be named themselves: a wider range does not open them.
   * Of NAT64 ("64:ff9b::/96") and 6to4 ("2002::/16") the IPv4 address inside has to be allowed as well, by the same rules.
   * Default: none.
   */
  readonly allowAddresses?: readonly string[] | undefined;
}

const texts: Check = (value) => {
  // A hole in an array is seen as undefined only in a copy.
  const valid = Array.isArray(value) && Array.from(value).every((one) => typeof one === "string");
  return valid ? undefined : "must be an array of strings";
};

/** @throws TypeError for an unknown option or one of the wrong type. */
export function checkGuardOptions(options: GuardOptions): void {
  const known = { allow: texts, deny: texts, allowPrivate: checks.flag, allowAddresses: texts };
  checkOptions("guarded", known, options);
}
