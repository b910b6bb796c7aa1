/**
 * Helpers for packages that implement a port: a transport, a layer, a limiter or a sink. Public: this entry follows semantic
 * versioning.
 */
export { BoundedMap } from "./bounded-map.ts";
export { PerUrl, type Server, serverOf } from "./per-url.ts";
export { ignoreRejection, isPromiseLike } from "./promise-like.ts";
