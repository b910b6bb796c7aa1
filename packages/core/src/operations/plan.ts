import { resolveCodec } from "../codec.ts";
import type { Settings } from "../options/manager-options.ts";
import type { ConnectOptions } from "../options/operation-options.ts";
import type { Failure } from "../result.ts";
import { type Address, parseAddress } from "./address.ts";
import type { ConnectRequest } from "./connect.ts";
import type { Operation } from "./operation.ts";

export type Plan =
  | { readonly ok: true; readonly connectRequest: ConnectRequest }
  | { readonly ok: false; readonly failure: Failure };

/** @throws TypeError for headers on a transport that cannot send them. */
export function checkCapabilities({ transport }: Settings, { headers = {} }: ConnectOptions): void {
  if (transport.capabilities.headers || Object.keys(headers).length === 0) return;
  throw new TypeError(
    `headers: the transport ${transport.capabilities.name} cannot send any on this runtime`,
  );
}

/** What a connect or a request will open. */
export function plan(operation: Operation, settings: Settings, url: unknown, options: ConnectOptions): Plan {
  const parsed = parseAddress(url);
  if (!parsed.ok) return invalid(operation, parsed.problem);
  const { address } = parsed;
  if (address.authorization !== undefined && !settings.transport.capabilities.headers) {
    return invalid(
      operation,
      `the transport ${settings.transport.capabilities.name} cannot send its credentials`,
    );
  }
  const connectRequest = {
    address,
    // Copies: what the caller changes before the handshake leaves was not meant for it.
    headers: withCredentials(options.headers === undefined ? {} : { ...options.headers }, address),
    protocols: typeof options.protocols === "string" ? [options.protocols] : [...(options.protocols ?? [])],
    codec: options.codec === undefined ? settings.codec : resolveCodec(options.codec),
    timeoutMs: options.timeoutMs ?? settings.timeoutMs,
    signal: options.signal,
  };
  return { ok: true, connectRequest };
}

function invalid(operation: Operation, problem: string): Plan {
  return {
    ok: false,
    failure: operation.fail("INVALID_URL", "connect", `The URL cannot be dialled: ${problem}`),
  };
}

/** A header that the caller set goes before the URL's userinfo. */
function withCredentials(
  headers: Readonly<Record<string, string>>,
  { authorization }: Address,
): Readonly<Record<string, string>> {
  const given = Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
  return authorization === undefined || given ? headers : { ...headers, authorization };
}
