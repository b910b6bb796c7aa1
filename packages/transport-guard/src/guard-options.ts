import { type Check, checkOptions, checks } from "@outsock/core/options";
import type { UrlRule } from "./url-rule.ts";

/** What a guard allows. Every refusal is URL_FORBIDDEN. */
export interface GuardOptions {
  /**
   * Only URLs that match one of these may be dialled; an empty array allows none. Default: every URL. The address of
   * an allowed URL still has to be allowed as well.
   */
  readonly allow?: readonly UrlRule[] | undefined;
  /**
   * URLs that match one of these are refused, whatever `allow` says. Default: none. Only the URL is compared: a denied
   * address can still be reached by a name.
   */
  readonly deny?: readonly UrlRule[] | undefined;
  /**
   * Also allows private (RFC 1918), loopback, carrier-grade NAT (RFC 6598) and unique-local addresses (RFC 4193),
   * but neither link-local addresses nor those where clouds serve credentials. Default: false.
   */
  readonly allowPrivate?: boolean | undefined;
  /**
   * Addresses ("10.1.2.3", "fd00::5") and ranges ("10.1.0.0/16") that are allowed although they are not public. Link-local
   * addresses and those where clouds serve credentials have to be listed explicitly: a wider range does not include them.
   * For NAT64 ("64:ff9b::/96") and 6to4 ("2002::/16") the embedded IPv4 address has to be allowed as well, by the same rules.
   * Default: none.
   */
  readonly allowAddresses?: readonly string[] | undefined;
}

const texts: Check = (value) => {
  // `every` skips holes in an array, but not in its copy.
  const valid = Array.isArray(value) && Array.from(value).every((one) => typeof one === "string");
  return valid ? undefined : "must be an array of strings";
};

/** @throws TypeError for an unknown option or one of the wrong type. */
export function checkGuardOptions(options: GuardOptions): void {
  const known = { allow: texts, deny: texts, allowPrivate: checks.flag, allowAddresses: texts };
  checkOptions("guarded", known, options);
}
