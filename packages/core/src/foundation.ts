export type { Deadline, Deadlines } from "./deadlines.ts";
export { Expiry } from "./expiry.ts";
export { type Foundation, foundationOf } from "./foundation/foundation.ts";
export type { Link, LinkListener } from "./foundation/link.ts";
export type { Ending } from "./operations/endings.ts";
export type { FailureDetails, Operation } from "./operations/operation.ts";
export type { Refusal, WaitBounds } from "./operations/refusal.ts";
export type { Encoded, Untaken } from "./operations/sending.ts";
export { ignoreRejection, isPromiseLike } from "./promise-like.ts";
