import type { MessageId, RemoteError, Topic } from "./protocol.ts";

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a server gave for an error, whatever its form. */
export function remoteError(value: unknown): RemoteError {
  if (!isRecord(value))
    return { code: "unknown", message: typeof value === "string" ? value : "no reason given", data: value };
  const { code, message, data } = value;
  return {
    code: typeof code === "string" || typeof code === "number" ? code : "unknown",
    message: typeof message === "string" ? message : "no reason given",
    ...(data !== undefined && { data }),
  };
}

/** What can be an id or a topic. */
export function isKey(value: unknown): value is MessageId | Topic {
  return typeof value === "string" || typeof value === "number";
}
