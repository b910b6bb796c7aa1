export { diagnosticsStats } from "./diagnostics-stats.ts";
export type {
  ConnectionClosedMessage,
  ConnectionOpenedMessage,
  MessageReceivedMessage,
  MessageSentMessage,
  OperationContext,
  OperationError,
  RateLimitedMessage,
} from "./messages.ts";
