export { type Check, checkOptions, checks, oneOf, shape } from "./options/checks.ts";
