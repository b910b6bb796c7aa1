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

/** Where things are in a message. A path is a name, or several with dots between: "meta.id". */
export interface PlainOptions {
  /** Where a message of ours has its id. Default "id". */
  readonly id?: string | undefined;
  /** Where an answer has it. Default: the same. */
  readonly match?: string | undefined;
  /** Where the method goes; false leaves it out. Default "method". */
  readonly method?: string | false | undefined;
  /** Where the params go. Default: an object's fields stand beside the method. */
  readonly params?: string | undefined;
  /** Where an answer has the result. Default: the whole message is the result. */
  readonly result?: string | undefined;
  /**
   * Where an answer that is an error has it; its `code` and `message` are read. 0, false and "" are no errors. Default: no answer is
   * one.
   */
  readonly error?: string | undefined;
  /** Where a message without an id has its topic. Default: where the method goes; a message without is "message". */
  readonly event?: string | undefined;
  /** The id of the `count`th message. Default: `count`, from 1. */
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
 * Any JSON protocol whose answers repeat a field of the question: `plain({ id: "reqid" })`,
 * `plain({ id: "meta.id", method: "op", params: "args", error: "error" })`. Messages without an id are events;
 * `subscribe(topic)` follows those of a topic, without a call.
 *
 * @throws TypeError for an unknown option, one of the wrong type, or a path that is none.
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

/** An object of its own, so that the caller's params stay as they are. */
function bodyOf(paths: Paths, { method, params }: OutgoingCall): Record<string, unknown> {
  const beside = paths.params === undefined;
  // Spread, not assigned: a field called __proto__ stays a field.
  const body: Record<string, unknown> = beside && isJsonObject(params) ? { ...params } : {};
  if (paths.params !== undefined) {
    if (params !== undefined) putAt(body, paths.params, params);
  } else if (params !== undefined && !isJsonObject(params)) {
    throw new InvalidMessage(
      "params must be an object, unless the option params of plain says where they go",
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
  // Many servers say so with 0, false or "" that there is no error.
  if (error) return { kind: "error", id, error: remoteError(error) };
  return { kind: "reply", id, result: paths.result === undefined ? message : fieldAt(message, paths.result) };
}
