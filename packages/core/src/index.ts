export { payloadMessage } from "./adapter/payload-message.ts";
export { composite } from "./admission/composite.ts";
export type { ServerLimits } from "./admission/limiters.ts";
export { type ServerLimit, type ServerLimitsOptions, serverLimits } from "./admission/server-limits.ts";
export { type SlidingWindowOptions, slidingWindow } from "./admission/sliding-window.ts";
export { type Codec, type CodecOption, InvalidMessage, json, raw, text } from "./codec.ts";
export type { Connection } from "./connection/connection.ts";
export type { ConnectionState } from "./connection/managed-connection.ts";
export { type ErrorDetails, isOutsockError, OutsockError, type RemoteError, type Sent } from "./errors.ts";
export { createWebSocketManager } from "./manager.ts";
export type { InboxOptions, ManagerOptions } from "./options/manager-options.ts";
export type {
  CloseOptions,
  ConnectOptions,
  OperationOptions,
  ReceiveOptions,
  RequestOptions,
  ResetOptions,
  SendOptions,
} from "./options/operation-options.ts";
export {
  type Pem,
  resolveTlsOptions,
  type TlsOptions,
  type TlsTransportOptions,
} from "./options/tls-options.ts";
export type { Channel, ChannelClose, ChannelEvents, IncomingMessage } from "./ports/channel.ts";
export type { Clock, Timer } from "./ports/clock.ts";
export { type ErrorCode, errorCodes } from "./ports/error-code.ts";
export type { AcquireOptions, RateDecision, RateLimiter, RateUsage } from "./ports/rate-limiter.ts";
export type {
  CountedName,
  OperationName,
  Phase,
  StatsEvent,
  StatsSink,
  Timings,
} from "./ports/stats-sink.ts";
export type { OpenRequest, Transport } from "./ports/transport.ts";
export type { TransportCapabilities } from "./ports/transport-capabilities.ts";
export {
  parseRetryAfter,
  TransportError,
  type TransportErrorCode,
  type TransportErrorDetails,
  transportErrorCodes,
} from "./ports/transport-error.ts";
export { type Failure, type Result, type Success, unwrap } from "./result.ts";
export { tee } from "./stats/tee.ts";
export { systemClock } from "./time/system-clock.ts";
export type {
  CloseData,
  ConnectData,
  ExecuteParameters,
  OperationData,
  OperationParameters,
  ResponseData,
  SendData,
  Stats,
  WebSocketManager,
} from "./web-socket-manager.ts";
