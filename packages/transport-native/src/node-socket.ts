export type Listener = (...values: unknown[]) => void;
export type Written = (error?: unknown) => void;

/** The part of a Node socket that is used, so that no types of Node are needed. */
export interface NodeSocket {
  readonly writable: boolean;
  destroy(): unknown;
  end(ended: () => void): unknown;
  on(event: string, listener: Listener): unknown;
  once(event: string, listener: Listener): unknown;
  pause(): unknown;
  ref(): unknown;
  removeAllListeners(event: string): unknown;
  resume(): unknown;
  unref(): unknown;
  write(chunk: Uint8Array, written?: Written): boolean;
}

const methods = [
  "destroy",
  "end",
  "on",
  "once",
  "pause",
  "ref",
  "removeAllListeners",
  "resume",
  "unref",
  "write",
] as const;

export function isSocket(value: unknown): value is NodeSocket {
  return (
    typeof value === "object" &&
    value !== null &&
    methods.every((method) => typeof Reflect.get(value, method) === "function")
  );
}
