import { checkFlag, checkObject, checkOptions, checkPems, checkText, definedOptions } from "./checks.ts";

/** PEM, as text or bytes, one or several. */
export type Pem = string | Uint8Array | readonly (string | Uint8Array)[];

/** TLS for wss: URLs, under one name on every transport that takes it. */
export interface TlsOptions {
  /** Replaces the certificate authorities that the runtime trusts. */
  readonly ca?: Pem | undefined;
  /** The client's own certificate chain, where the server asks for one. */
  readonly cert?: Pem | undefined;
  /** The private key of `cert`. */
  readonly key?: Pem | undefined;
  /** The name to ask for and to check the certificate against. Default: the URL's host. */
  readonly servername?: string | undefined;
  /** Default: true. With false anybody can pretend to be the server. */
  readonly rejectUnauthorized?: boolean | undefined;
}

/** The options of a transport that takes nothing but TLS. */
export interface TlsTransportOptions {
  readonly tls?: TlsOptions | undefined;
}

const transportChecks = { tls: checkObject };
const tlsChecks = {
  ca: checkPems,
  cert: checkPems,
  key: checkPems,
  servername: checkText,
  rejectUnauthorized: checkFlag,
};

/**
 * For transports: the TLS options that are set, and nothing else that could slip into a socket's options. `own` has a check
 * for each other option of the transport; it says what is wrong ("must be ..."), or nothing.
 *
 * @throws TypeError for an unknown option or one of the wrong type.
 */
export function resolveTlsOptions(
  where: string,
  options: TlsTransportOptions,
  own: Readonly<Record<string, (value: unknown) => string | undefined>> = {},
): TlsOptions {
  checkOptions(where, { ...transportChecks, ...own }, options);
  const { tls = {} } = options;
  checkOptions(`${where}: tls`, tlsChecks, tls);
  return definedOptions(tls);
}
