export type { AdmissionLane, QueueEntry } from "./admission/admission-queue.ts";
export type { Permit } from "./admission/permit.ts";
export { refusals } from "./admission/refusals.ts";
export type { CloseFailure } from "./connection/close-failure.ts";
export { type CallGate, internalsOf, type ManagerInternals } from "./internal/manager-internals.ts";
export type { MessageListener, MessageStream } from "./internal/message-stream.ts";
export type { FailureDetails, Operation } from "./operations/operation.ts";
export { isFailure, type Payload, type SendRejection } from "./operations/send.ts";
export { type Deadline, type Deadlines, Expiry } from "./time/deadlines.ts";
