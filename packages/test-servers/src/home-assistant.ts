import type { WebSocket } from "ws";
import { isJsonObject, parseJson, sendJson, TestServer } from "./test-server.ts";

export interface HomeAssistantServerOptions {
  /** Default "secret-token". */
  readonly token?: string;
  /** During how many logins it is still starting: `get_config` reports that, and services are unavailable. Default 0. */
  readonly notReadyCount?: number;
}

type Send = (message: unknown) => void;
type Fields = Readonly<Record<string, unknown>>;

/**
 * A Home Assistant by its published WebSocket protocol: login, ids that must increase, states, services, events, ping.
 */
export function startHomeAssistant(options: HomeAssistantServerOptions = {}): Promise<HomeAssistantServer> {
  return new HomeAssistantServer(options).listen("/api/websocket");
}

export class HomeAssistantServer extends TestServer {
  /** Every command received, over all connections. */
  readonly received: Fields[] = [];
  readonly states: Map<string, string> = new Map([["light.kitchen", "off"]]);
  /** Answers nothing, as if the link were down. */
  silent = false;
  readonly #token: string;
  #notReady: number;
  readonly #visitors: Set<Visitor> = new Set();

  constructor({ token = "secret-token", notReadyCount = 0 }: HomeAssistantServerOptions) {
    super();
    this.#token = token;
    this.#notReady = notReadyCount;
  }

  /** Changes a state, as a person in the house would, and notifies subscribers. */
  change(entityId: string, state: string): void {
    const old = this.states.get(entityId);
    this.states.set(entityId, state);
    const data = { entity_id: entityId, old_state: { state: old }, new_state: { state } };
    for (const visitor of this.#visitors) visitor.fire({ event_type: "state_changed", data });
  }

  protected override welcome(socket: WebSocket): void {
    const visitor = new Visitor(this, (message) => {
      if (!this.silent) sendJson(socket, message);
    });
    socket.on("message", (data) => {
      const message = parseJson(data);
      if (!isJsonObject(message) || this.silent) return;
      if (visitor.admitted) visitor.take(message);
      else if (this.#admit(visitor, message)) this.#visitors.add(visitor);
      else socket.close();
    });
    socket.on("close", () => this.#visitors.delete(visitor));
    visitor.send({ type: "auth_required", ha_version: "2026.11.0" });
  }

  #admit(visitor: Visitor, message: Fields): boolean {
    if (message.type !== "auth" || message.access_token !== this.#token) {
      visitor.send({ type: "auth_invalid", message: "Invalid access token or password" });
      return false;
    }
    visitor.admitted = true;
    visitor.ready = this.#notReady <= 0;
    this.#notReady -= 1;
    visitor.send({ type: "auth_ok", ha_version: "2026.11.0" });
    return true;
  }
}

/** One connection. */
class Visitor {
  admitted = false;
  ready = true;
  readonly send: Send;
  readonly #house: HomeAssistantServer;
  readonly #subscriptions: Map<number, unknown> = new Map();
  #lastId = 0;

  constructor(house: HomeAssistantServer, send: Send) {
    this.#house = house;
    this.send = send;
  }

  take(message: Fields): void {
    this.#house.received.push(message);
    const { id } = message;
    if (typeof id !== "number") return;
    if (id <= this.#lastId) {
      this.#refuse(id, "id_reuse", "Identifier values have to increase.");
      return;
    }
    this.#lastId = id;
    this.#answer(id, message);
  }

  fire(event: Fields): void {
    for (const [id, wanted] of this.#subscriptions) {
      if (wanted === undefined || wanted === event.event_type) this.send({ id, type: "event", event });
    }
  }

  #answer(id: number, message: Fields): void {
    switch (message.type) {
      case "ping":
        this.send({ id, type: "pong" });
        break;
      case "get_config":
        this.#succeed(id, { state: this.ready ? "RUNNING" : "NOT_RUNNING", version: "2026.11.0" });
        break;
      case "get_states":
        this.#succeed(
          id,
          Array.from(this.#house.states, ([entity_id, state]) => ({ entity_id, state })),
        );
        break;
      case "call_service":
        this.#callService(id, message);
        break;
      case "subscribe_events":
        this.#subscriptions.set(id, message.event_type);
        this.#succeed(id, null);
        break;
      case "unsubscribe_events":
        this.#unsubscribe(id, message.subscription);
        break;
      default:
        this.#refuse(id, "unknown_command", "Unknown command.");
    }
  }

  #callService(id: number, { domain, service, target }: Fields): void {
    const entityId = isJsonObject(target) ? target.entity_id : undefined;
    if (!this.ready || domain !== "light" || typeof entityId !== "string" || typeof service !== "string") {
      this.#refuse(id, "not_found", "Service not found.");
      return;
    }
    this.#succeed(id, { context: { id: "1" } });
    this.#house.change(entityId, service === "turn_on" ? "on" : "off");
  }

  #unsubscribe(id: number, subscription: unknown): void {
    if (typeof subscription === "number" && this.#subscriptions.delete(subscription)) this.#succeed(id, null);
    else this.#refuse(id, "not_found", "Subscription not found.");
  }

  #succeed(id: number, result: unknown): void {
    this.send({ id, type: "result", success: true, result });
  }

  #refuse(id: number, code: string, message: string): void {
    this.send({ id, type: "result", success: false, error: { code, message } });
  }
}
