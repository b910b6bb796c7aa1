/** A connection of the session, numbered from 1 in the order of their attempts. */
export type ConnectionNumber = number;

type RotationReason = "age" | "go-away";

/** Why the next connection is due, and its url. */
export interface Rotation {
  readonly reason: RotationReason;
  readonly url?: string | undefined;
}

export interface ServingState {
  /** New calls are sent on it. */
  readonly connection: ConnectionNumber;
  readonly readyAtMs: number;
  /** The number of its attempt since the last stable connection. */
  readonly attempt: number;
  /** How many connections in a row before it got a go-away before they were stable. */
  readonly hurried: number;
}

interface Alive {
  /** Connection attempts so far. */
  readonly made: number;
  /** The old connection of a rotation, which finishes its calls or is being closed. */
  readonly retiring?: ConnectionNumber | undefined;
}

/** The state of a session. It names at most one connection, or two during a rotation. */
export type LifecycleState =
  | (Alive & {
      readonly name: "connecting";
      readonly connection: ConnectionNumber;
      readonly attempt: number;
      /** No connection has served before. */
      readonly first: boolean;
      /** When the last serving connection was lost. */
      readonly lostAtMs?: number | undefined;
    })
  | (Alive & {
      readonly name: "waiting";
      /** The number of the next attempt. */
      readonly attempt: number;
      readonly first: boolean;
      readonly lostAtMs?: number | undefined;
    })
  | (Alive &
      ServingState & {
        readonly name: "ready";
        /** A rotation that waits for the retiring connection to end, or for the pause after a failure. */
        readonly due?: Rotation | undefined;
        /** Failed attempts to open the next connection. */
        readonly failures: number;
      })
  | (Alive &
      ServingState & {
        readonly name: "rotating";
        readonly successor: ConnectionNumber;
        readonly rotation: Rotation;
        readonly failures: number;
      })
  | { readonly name: "closing"; readonly connections: readonly ConnectionNumber[] }
  | { readonly name: "closed" };

/** What happens to a session. Time and randomness are part of the event, so that transitions are pure. */
export type LifecycleEvent = { readonly atMs: number /** From 0 up to 1. */; readonly random: number } & (
  | { readonly type: "opened"; readonly connection: ConnectionNumber; readonly connectedAtMs: number }
  | ({ readonly type: "failed"; readonly connection: ConnectionNumber } & Fault)
  | ({
      readonly type: "lost";
      readonly connection: ConnectionNumber;
      /** When the server was last known to be alive. Default: `atMs`. */
      readonly lastSureMs?: number | undefined;
    } & Fault)
  | { readonly type: "drained"; readonly connection: ConnectionNumber }
  | { readonly type: "go-away"; readonly connection: ConnectionNumber; readonly url?: string | undefined }
  | { readonly type: "timer"; readonly timer: TimerName }
  | { readonly type: "close" }
  /** Ends the session at once. */
  | { readonly type: "kill" }
);

interface Fault {
  readonly retryable: boolean;
  readonly retryAfterMs?: number | undefined;
}

export type TimerName = "retry" | "rotation";

/** What the supervisor must do, in this order. */
export type LifecycleEffect =
  | {
      readonly type: "open";
      readonly connection: ConnectionNumber;
      readonly attempt: number;
      readonly url?: string | undefined;
    }
  /** Abandons an attempt. */
  | { readonly type: "abandon"; readonly connection: ConnectionNumber }
  /** New calls and subscriptions use this connection from now on. */
  | {
      readonly type: "serve";
      readonly connection: ConnectionNumber;
      readonly lostAtMs?: number | undefined;
      readonly rotation?: RotationReason | undefined;
    }
  /** Lets it finish its calls; the event `drained` follows. */
  | { readonly type: "drain"; readonly connection: ConnectionNumber }
  /** Closes it with a closing handshake; the event `lost` follows. */
  | { readonly type: "close"; readonly connection: ConnectionNumber }
  /** Ends the socket at once; the event `lost` does not follow. */
  | { readonly type: "terminate"; readonly connection: ConnectionNumber }
  | { readonly type: "set-timer"; readonly timer: TimerName; readonly delayMs: number }
  | { readonly type: "clear-timer"; readonly timer: TimerName }
  /** The session has ended: pending calls are settled. */
  | { readonly type: "finish" };

export interface LifecycleSettings {
  /** Undefined: the session ends with its connection. */
  readonly reconnect:
    | {
        readonly baseDelayMs: number;
        readonly maxDelayMs: number;
        readonly stableAfterMs: number;
        readonly maxAttempts: number;
        readonly initial: boolean;
      }
    | undefined;
  readonly maxAgeMs: number | undefined;
}

export interface LifecycleStep {
  readonly state: LifecycleState;
  readonly effects: readonly LifecycleEffect[];
}
