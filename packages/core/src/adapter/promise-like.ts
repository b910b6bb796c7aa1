export { ignoreRejection, isPromiseLike, synchronous } from "../values.ts";
