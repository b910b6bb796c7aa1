/** A connection of the session, by number: 1, 2, 3 in the order in which they were begun. */
export type ConnectionNumber = number;

type RotationReason = "age" | "go-away";

/** Why the next connection is due, and where to. */
export interface Rotation {
  readonly reason: RotationReason;
  readonly url?: string | undefined;
}

export interface ServingState {
  /** New calls go over it. */
  readonly connection: ConnectionNumber;
  readonly readyAtMs: number;
  /** Which attempt it came from, counted since the last stable connection. */
  readonly attempt: number;
  /** Connections before it, one after the other, that the server sent away before they were stable. */
  readonly hurried: number;
}

interface Alive {
  /** Connections begun so far. */
  readonly made: number;
  /** The old connection of a rotation: it finishes its calls, or is being closed. */
  readonly retiring?: ConnectionNumber | undefined;
}

/** Where a session is in its life. At most two connections are named in it, and two only during a rotation. */
export type LifecycleState =
  | (Alive & {
      readonly name: "connecting";
      readonly connection: ConnectionNumber;
      readonly attempt: number;
      /** No connection served before. */
      readonly first: boolean;
      /** When the last one that served was lost. */
      readonly lostAtMs?: number | undefined;
    })
  | (Alive & {
      readonly name: "waiting";
      /** The attempt that comes next. */
      readonly attempt: number;
      readonly first: boolean;
      readonly lostAtMs?: number | undefined;
    })
  | (Alive &
      ServingState & {
        readonly name: "ready";
        /** Due when the retiring connection is gone, or once more after a failure. */
        readonly due?: Rotation | undefined;
        /** Successors that could not be made. */
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

/** What happens to a session. Everything that is not a function of the state is in the event. */
export type LifecycleEvent = { readonly atMs: number /** From 0 up to 1. */; readonly random: number } & (
  | { readonly type: "opened"; readonly connection: ConnectionNumber; readonly connectedAtMs: number }
  | ({ readonly type: "failed"; readonly connection: ConnectionNumber } & Fault)
  | ({
      readonly type: "lost";
      readonly connection: ConnectionNumber;
      /** Until when the server is known to have been there; default: until now. */
      readonly lastSureMs?: number | undefined;
    } & Fault)
  | { readonly type: "drained"; readonly connection: ConnectionNumber }
  | { readonly type: "go-away"; readonly connection: ConnectionNumber; readonly url?: string | undefined }
  | { readonly type: "timer"; readonly timer: TimerName }
  | { readonly type: "close" }
  /** At once, without waiting for anything. */
  | { readonly type: "kill" }
);

interface Fault {
  readonly retryable: boolean;
  readonly retryAfterMs?: number | undefined;
}

export type TimerName = "retry" | "rotation";

/** What is to be done; the order counts. */
export type LifecycleEffect =
  | {
      readonly type: "open";
      readonly connection: ConnectionNumber;
      readonly attempt: number;
      readonly url?: string | undefined;
    }
  /** Gives up an attempt. */
  | { readonly type: "abandon"; readonly connection: ConnectionNumber }
  /** New calls go over it from now on, and subscriptions move to it. */
  | {
      readonly type: "serve";
      readonly connection: ConnectionNumber;
      readonly lostAtMs?: number | undefined;
      readonly rotation?: RotationReason | undefined;
    }
  /** It finishes its calls; then `drained` is told. */
  | { readonly type: "drain"; readonly connection: ConnectionNumber }
  /** With a closing handshake; then `lost` is told. */
  | { readonly type: "close"; readonly connection: ConnectionNumber }
  /** At once, without a word; `lost` is not told. */
  | { readonly type: "terminate"; readonly connection: ConnectionNumber }
  | { readonly type: "set-timer"; readonly timer: TimerName; readonly delayMs: number }
  | { readonly type: "clear-timer"; readonly timer: TimerName }
  /** Nothing will happen any more: what waits is settled. */
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
