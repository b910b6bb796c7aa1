import { isSocket, type NodeSocket } from "./node-socket.ts";

/** Starts a TCP or TLS connection as undici's connector would. */
export type Dial = (address: unknown, done: (error: unknown, socket: unknown) => void) => NodeSocket;

type Call = (...values: unknown[]) => unknown;

const KEEP_ALIVE_MS = 60_000;

/** A built-in module of Node, without an import that other runtimes and bundlers would stumble over. */
function builtin(name: string): object | undefined {
  const process: unknown = Reflect.get(globalThis, "process");
  if (typeof process !== "object" || process === null || !("getBuiltinModule" in process)) return undefined;
  const { getBuiltinModule } = process;
  if (typeof getBuiltinModule !== "function") return undefined;
  const found: unknown = Reflect.apply(getBuiltinModule, process, [name]);
  return typeof found === "object" && found !== null ? found : undefined;
}

function functionOf(module: object | undefined, name: string): Call | undefined {
  const found: unknown = module && Reflect.get(module, name);
  return typeof found === "function" ? (...values) => Reflect.apply(found, module, values) : undefined;
}

function text(address: unknown, name: string): string {
  const found: unknown = typeof address === "object" && address !== null ? Reflect.get(address, name) : "";
  return typeof found === "string" ? found : "";
}

function set(socket: NodeSocket, method: string, ...values: unknown[]): void {
  const found: unknown = Reflect.get(socket, method);
  if (typeof found === "function") Reflect.apply(found, socket, values);
}

/** How to dial in this Node; absent where it does not give its modules (before 22.3, or with a policy against it). */
export function nodeDial(): Dial | undefined {
  const net = builtin("node:net");
  const connectTcp = functionOf(net, "connect");
  const isIp = functionOf(net, "isIP");
  const connectTls = functionOf(builtin("node:tls"), "connect");
  if (!connectTcp || !isIp || !connectTls) return undefined;
  return (address, done) => {
    const secure = text(address, "protocol") === "https:";
    const host = text(address, "hostname");
    const target = { host, port: Number(text(address, "port") || (secure ? 443 : 80)) };
    // SNI is not for IP literals (RFC 6066 section 3); Node then checks the certificate against the host.
    const servername = text(address, "servername") || (isIp(host) === 0 ? host : "");
    const socket = secure
      ? connectTls({ ...target, servername, ALPNProtocols: ["http/1.1"] })
      : connectTcp(target);
    if (!isSocket(socket)) throw new Error("no socket was made");
    set(socket, "setNoDelay", true);
    set(socket, "setKeepAlive", true, KEEP_ALIVE_MS);
    let isSettled = false;
    const settle: typeof done = (error, connected) => {
      if (!isSettled) done(error, connected);
      isSettled = true;
    };
    socket.once(secure ? "secureConnect" : "connect", () => settle(null, socket));
    socket.on("error", (error) => settle(error, undefined));
    socket.once("close", () => settle(new Error("the attempt is over"), undefined));
    return socket;
  };
}
