import { createWebSocketManager, type WebSocketManager } from "@outsock/core";
import { ensureProcessManager } from "@outsock/core/process-manager";
import { wsTransport } from "@outsock/transport-ws";

export type {
  AcquireOptions,
  Channel,
  ChannelClose,
  ChannelEvents,
  Clock,
  CloseData,
  CloseOptions,
  ConnectData,
  Connection,
  ConnectionState,
  ConnectOptions,
  CountedName,
  ExecuteParameters,
  InboxOptions,
  IncomingMessage,
  ManagerOptions,
  OpenRequest,
  OperationData,
  OperationName,
  OperationOptions,
  OperationParameters,
  Phase,
  RateDecision,
  RateLimiter,
  RateUsage,
  ReceiveOptions,
  RemoteError,
  RequestOptions,
  ResetOptions,
  ResponseData,
  SendData,
  SendOptions,
  ServerLimit,
  ServerLimits,
  Stats,
  StatsEvent,
  StatsSink,
  Timer,
  Timings,
  Transport,
  TransportCapabilities,
  WebSocketManager,
} from "@outsock/core";
export {
  type Codec,
  type CodecOption,
  composite,
  createWebSocketManager,
  type ErrorCode,
  type ErrorDetails,
  errorCodes,
  type Failure,
  InvalidMessage,
  isOutsockError,
  json,
  OutsockError,
  type Pem,
  parseRetryAfter,
  payloadMessage,
  type Result,
  raw,
  resolveTlsOptions,
  type Sent,
  type SlidingWindowOptions,
  type Success,
  slidingWindow,
  systemClock,
  type TlsOptions,
  type TlsTransportOptions,
  TransportError,
  type TransportErrorCode,
  type TransportErrorDetails,
  tee,
  text,
  transportErrorCodes,
  unwrap,
} from "@outsock/core";
export { preload, type WsTransportOptions, wsTransport } from "@outsock/transport-ws";

/**
 * The one manager of this process, on the ws transport with default options. When `@outsock/container` is loaded and a
 * manager is registered on tsyringe's root container, it is that one. After a disposal the next call makes a new one.
 */
export function getWebSocketManager(): WebSocketManager {
  return ensureProcessManager(({ transport = wsTransport(), ...ports }) =>
    createWebSocketManager({ transport, ...ports }),
  );
}
