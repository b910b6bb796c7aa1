export type { GuardOptions } from "./guard-options.ts";
export { guarded } from "./guarded.ts";
export type { UrlRule } from "./url-rule.ts";
