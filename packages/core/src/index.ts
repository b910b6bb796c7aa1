export type { Clock, Timer } from "./ports/clock.ts";
export type { AcquireOptions, RateDecision, RateLimiter, RateUsage } from "./ports/rate-limiter.ts";
export type { OperationName, Phase, StatsEvent, StatsSink } from "./ports/stats-sink.ts";
export type {
  Channel,
  ChannelClose,
  ChannelEvents,
  IncomingMessage,
  OpenRequest,
  Transport,
} from "./ports/transport.ts";
export type { TransportCapabilities } from "./ports/transport-capabilities.ts";
export {
  TransportError,
  type TransportErrorCode,
  type TransportErrorDetails,
} from "./ports/transport-error.ts";
