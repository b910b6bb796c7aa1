/** PEM text or bytes, one or several. */
export type Pem = string | Uint8Array | readonly (string | Uint8Array)[];

/** TLS for `wss:` addresses. What is absent is Node's default. */
export interface TlsOptions {
  /** Certificate authorities to trust instead of the usual ones. */
  readonly ca?: Pem;
  /** The client's certificate chain. */
  readonly cert?: Pem;
  /** The private key of `cert`. */
  readonly key?: Pem;
  /** The name to ask for (SNI) and to find in the certificate. Default: the address's host. */
  readonly servername?: string;
  /** Whether a certificate that cannot be verified ends the attempt. Default: true. */
  readonly rejectUnauthorized?: boolean;
}
