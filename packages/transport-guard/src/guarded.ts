import { type Channel, type OpenRequest, type Transport, TransportError } from "@outsock/core";
import { shape } from "@outsock/core/options";
import { addressPolicy } from "./address-policy.ts";
import { checkGuardOptions, type GuardOptions } from "./guard-options.ts";
import { urlPolicy } from "./url-policy.ts";

type AllowAddress = NonNullable<OpenRequest["allowAddress"]>;

/**
 * A transport that dials only allowed URLs and addresses, against server-side request forgery with URLs from users. By default
 * every host is allowed, and every public address. The URL is checked before anything is dialled, and the address when it
 * is dialled, so a name that changes its address in between (DNS rebinding) does not get through. No transport follows redirects.
 *
 * A refused `open` fails with URL_FORBIDDEN, with the same message for every reason. If the transport uses a network and cannot
 * check addresses (`addressCheck: false`), every open fails, and the message says so.
 *
 * @example
 * const manager = createWebSocketManager({ transport: guarded(wsTransport(), { deny: ["*:22"] }) });
 *
 * @throws TypeError for an unknown option, one of the wrong type, and an invalid pattern or address.
 */
export function guarded(transport: Transport, options: GuardOptions = {}): Transport {
  const problem = shape("capabilities", "open")(transport);
  if (problem !== undefined) throw new TypeError(`guarded: the transport ${problem}`);
  checkGuardOptions(options);
  const allowAddress = addressPolicy(options);
  const allowUrl = urlPolicy(options, allowAddress);
  const combined = combiner(allowAddress);
  const { network, addressCheck, name } = transport.capabilities;
  return {
    capabilities: Object.freeze({ ...transport.capabilities, name: `guarded(${name})` }),
    async open(request, events): Promise<Channel> {
      if (network && !addressCheck) throw unguardable();
      if (!allowUrl(request.url)) throw forbidden();
      const checked = addressCheck ? { ...request, allowAddress: combined(request.allowAddress) } : request;
      try {
        return await transport.open(checked, events);
      } catch (error) {
        // The transport's message may contain the address, which is not for the user who supplied the URL.
        throw TransportError.is(error) && error.code === "URL_FORBIDDEN" ? forbidden() : error;
      }
    },
  };
}

/** Combines the guard's rule with a request's. The same function gives the same result, as layers below compare them. */
function combiner(own: AllowAddress): (other: AllowAddress | undefined) => AllowAddress {
  const combinations = new WeakMap<AllowAddress, AllowAddress>();
  return (other) => {
    if (other === undefined) return own;
    const known = combinations.get(other) ?? ((address) => own(address) && other(address));
    combinations.set(other, known);
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
    "this transport cannot check the address that it dials, so it cannot be guarded; use the ws or the undici transport",
  );
}
