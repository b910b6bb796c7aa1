import { InvalidMessage } from "@outsock/core";
import { type Check, checkOptions, checks } from "@outsock/core/options";
import {
  type Incoming,
  isJsonObject,
  isKey,
  type MessageId,
  type OutgoingCall,
  type Protocol,
  remoteError,
} from "../protocol.ts";
import { fieldAt, type Path, parsePath, putAt } from "./path.ts";

/** Where the fields of a message are. A path is a name, or several names with dots: "meta.id". */
export interface PlainOptions {
  /** The path of the id in a sent message. Default "id". */
  readonly id?: string | undefined;
  /** The path of the id in an answer. Default: that of `id`. */
  readonly match?: string | undefined;
  /** The path of the method; false omits it. Default "method". */
  readonly method?: string | false | undefined;
  /** The path of the params. Default: the params must be an object, and its fields are put beside the method. */
  readonly params?: string | undefined;
  /** The path of the result in an answer. Default: the whole message is the result. */
  readonly result?: string | undefined;
  /**
   * The path of the error in an answer, whose `code` and `message` are read. null, 0, false and "" are no errors. Default: no
   * answer is an error.
   */
  readonly error?: string | undefined;
  /** The path of the topic in a message without an id. Default: that of `method`. A message without a topic has the topic "message". */
  readonly event?: string | undefined;
  /** The id of the `count`th message, counted from 1. Default: `count`. */
  readonly makeId?: ((count: number) => MessageId) | undefined;
}

const isMethod: Check = (value) => (value === false ? undefined : checks.text(value));

const plainChecks = {
  id: checks.text,
  match: checks.text,
  method: isMethod,
  params: checks.text,
  result: checks.text,
  error: checks.text,
  event: checks.text,
  makeId: checks.callback,
};

interface Paths {
  readonly id: Path;
  readonly match: Path;
  readonly method: Path | undefined;
  readonly params: Path | undefined;
  readonly result: Path | undefined;
  readonly error: Path | undefined;
  readonly event: Path | undefined;
}

/**
 * Any JSON protocol whose answers repeat an id of the request: `plain({ id: "reqid" })`,
 * `plain({ id: "meta.id", method: "op", params: "args", error: "error" })`. Messages without an id are events.
 * `subscribe(topic)` yields the events of a topic and sends nothing.
 *
 * @throws TypeError for an unknown option, an option of the wrong type, or an invalid path.
 */
export function plain(options: PlainOptions = {}): Protocol {
  checkOptions("plain", plainChecks, options);
  const { makeId } = options;
  const paths = readPaths(options);
  return {
    name: "plain",
    encode(id, call) {
      const body = bodyOf(paths, call);
      putAt(body, paths.id, id);
      return body;
    },
    encodeNotification: (call) => bodyOf(paths, call),
    classify: (message) => classify(paths, message),
    ...(makeId !== undefined && { makeId: (count: number) => makeId(count) }),
  };
}

function readPaths(options: PlainOptions): Paths {
  const { id = "id", match = id, method = "method", params, result, error, event } = options;
  const optional = (name: string, text: string | false | undefined): Path | undefined =>
    text === undefined || text === false ? undefined : parsePath(`plain: ${name}`, text);
  const methodPath = optional("method", method);
  return {
    id: parsePath("plain: id", id),
    match: parsePath("plain: match", match),
    method: methodPath,
    params: optional("params", params),
    result: optional("result", result),
    error: optional("error", error),
    event: optional("event", event) ?? methodPath,
  };
}

/** A new object, so that the caller's params are not modified. */
function bodyOf(paths: Paths, { method, params }: OutgoingCall): Record<string, unknown> {
  const beside = paths.params === undefined;
  // Spread rather than assigned, so that a field called __proto__ stays a field.
  const body: Record<string, unknown> = beside && isJsonObject(params) ? { ...params } : {};
  if (paths.params !== undefined) {
    if (params !== undefined) putAt(body, paths.params, params);
  } else if (params !== undefined && !isJsonObject(params)) {
    throw new InvalidMessage(
      "the params must be an object, unless the option params of plain() gives them a path",
    );
  }
  if (paths.method !== undefined) putAt(body, paths.method, method);
  return body;
}

function classify(paths: Paths, message: unknown): Incoming {
  const id = fieldAt(message, paths.match);
  if (!isKey(id)) {
    const topic = paths.event === undefined ? undefined : fieldAt(message, paths.event);
    return { kind: "event", topic: isKey(topic) ? topic : "message", data: message };
  }
  const error = paths.error === undefined ? undefined : fieldAt(message, paths.error);
  // Many servers send 0, false or "" if there is no error.
  if (error) return { kind: "error", id, error: remoteError(error) };
  return { kind: "reply", id, result: paths.result === undefined ? message : fieldAt(message, paths.result) };
}
