export { BoundedMap } from "./adapter/bounded-map.ts";
export { PerUrl, type Server, serverOf } from "./adapter/per-url.ts";
export { ignoreRejection, isPromiseLike } from "./adapter/promise-like.ts";
