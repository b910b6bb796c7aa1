/**
 * Helpers for packages that implement a port: a transport, a layer, a limiter or a sink. Public: this entry follows semantic
 * versioning.
 */
export { BoundedMap } from "./adapter/bounded-map.ts";
export { PerUrl, type Server, serverOf } from "./adapter/per-url.ts";
export { ignoreRejection, isPromiseLike } from "./values.ts";
