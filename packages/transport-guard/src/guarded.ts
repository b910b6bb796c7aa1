import { type Channel, type OpenRequest, type Transport, TransportError } from "@outsock/core";
import { shape } from "@outsock/core/options";
import { addressPolicy } from "./address-policy.ts";
import { checkGuardOptions, type GuardOptions } from "./guard-options.ts";
import { urlPolicy } from "./url-policy.ts";

type AllowAddress = NonNullable<OpenRequest["allowAddress"]>;

/**
 * A transport that dials only what is allowed, for URLs that come from users (server-side request forgery). Without options
 * every host is, and of addresses the public ones. The URL is judged before anything is dialled, and the address when it
 * is dialled, so a name that changes what it resolves to (DNS rebinding) gains nothing. No transport follows redirects.
 *
 * `open` fails with URL_FORBIDDEN, the same whatever was refused and why. Over a transport that dials and cannot tell the
 * address (`addressCheck: false`) every open does, and says so.
 *
 * @example
 * const manager = createWebSocketManager({ transport: guarded(wsTransport(), { deny: ["*:22"] }) });
 *
 * @throws TypeError for an unknown option, one of the wrong type, a pattern or an address that is none.
 */
export function guarded(transport: Transport, options: GuardOptions = {}): Transport {
  const problem = shape("capabilities", "open")(transport);
  if (problem !== undefined) throw new TypeError(`guarded: the transport ${problem}`);
  checkGuardOptions(options);
  const allowAddress = addressPolicy(options);
  const allowUrl = urlPolicy(options, allowAddress);
  const alsoAsking = composer(allowAddress);
  const { network, addressCheck, name } = transport.capabilities;
  return {
    capabilities: Object.freeze({ ...transport.capabilities, name: `guarded(${name})` }),
    async open(request, events): Promise<Channel> {
      if (network && !addressCheck) throw unguardable();
      if (!allowUrl(request.url)) throw forbidden();
      const asked = addressCheck ? { ...request, allowAddress: alsoAsking(request.allowAddress) } : request;
      try {
        return await transport.open(asked, events);
      } catch (error) {
        // What the transport says of an address is not for whoever supplied the URL.
        throw TransportError.is(error) && error.code === "URL_FORBIDDEN" ? forbidden() : error;
      }
    },
  };
}

/** Gives the same function for the same request's, so that layers below can tell requests apart by it. */
function composer(own: AllowAddress): (other: AllowAddress | undefined) => AllowAddress {
  const composed = new WeakMap<AllowAddress, AllowAddress>();
  return (other) => {
    if (other === undefined) return own;
    const known = composed.get(other) ?? ((address) => own(address) && other(address));
    composed.set(other, known);
    return known;
  };
}

function forbidden(): TransportError {
  return new TransportError(
    "URL_FORBIDDEN",
    "the guard refuses this URL or an address behind it; allow, deny, allowPrivate and allowAddresses decide",
  );
}

function unguardable(): TransportError {
  return new TransportError(
    "URL_FORBIDDEN",
    "this transport cannot tell which address it dials, so nothing can be guarded; use the ws or the undici transport",
  );
}
