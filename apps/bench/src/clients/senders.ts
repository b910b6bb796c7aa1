import type { WebSocket } from "ws";
import type { Contender } from "../harness/alternate.ts";
import { openBareSocket } from "./bare-socket.ts";
import { assertAllSucceeded, createManager, openManaged } from "./managed.ts";
import { message, messageText } from "./messages.ts";
import { openStandardPeer, openWebSocketAsPromised, standardPeers } from "./peers.ts";
import { openRaw } from "./raw-ws.ts";

const messagesInBlock = 1_024;

/** Makes a contender that sends `batch` messages per tick. */
export type Sender = (batch: number) => Contender;

/** At the end of a block, a sender waits for the answer to a short message, which means that all others have arrived. */
function sender(name: string, send: () => unknown, arrived: () => Promise<unknown>): Sender {
  return (batch) => ({
    name: `${name} ${batch}`,
    operations: messagesInBlock,
    async block() {
      for (let sent = 0; sent < messagesInBlock; sent += batch) {
        for (let i = 0; i < batch; i += 1) send();
        await new Promise((resolve) => setImmediate(resolve));
      }
      await arrived();
    },
  });
}

export async function bareSender(url: string): Promise<Sender> {
  const socket = await openBareSocket(url);
  const arrived = () => {
    socket.send("1");
    return new Promise<unknown>((resolve) => {
      socket.onmessage = resolve;
    });
  };
  return sender("bare", () => socket.send(messageText), arrived);
}

export async function rawSender(url: string): Promise<Sender> {
  const socket = await openRaw(url);
  return sender(
    "raw",
    () => socket.send(messageText),
    () => answerTo(socket),
  );
}

export async function rawJsonSender(url: string): Promise<Sender> {
  const socket = await openRaw(url);
  return sender(
    "raw json",
    () => socket.send(JSON.stringify(message)),
    () => answerTo(socket),
  );
}

function answerTo(socket: WebSocket): Promise<unknown> {
  socket.send("1");
  return new Promise((resolve) => socket.once("message", resolve));
}

export async function managedSender(url: string): Promise<Sender> {
  const { manager, connection } = await openManaged(url, createManager({ codec: "text" }));
  const arrived = async () => {
    await manager.send(connection, "1");
    await manager.receive(connection);
    assertAllSucceeded(manager);
  };
  return sender("managed", () => manager.send(connection, messageText), arrived);
}

export async function managedJsonSender(url: string): Promise<Sender> {
  const { manager, connection } = await openManaged(url, createManager());
  const arrived = async () => {
    await manager.send(connection, 1);
    await manager.receive(connection);
    assertAllSucceeded(manager);
  };
  return sender("managed json", () => manager.send(connection, message), arrived);
}

export function standardSenders(url: string): Promise<Sender>[] {
  return Object.keys(standardPeers).map(async (name) => {
    const socket = await openStandardPeer(name, url);
    const arrived = () => {
      socket.send("1");
      return new Promise((resolve) => {
        socket.onmessage = resolve;
      });
    };
    return sender(name, () => socket.send(messageText), arrived);
  });
}

export async function promisedSender(url: string): Promise<Sender> {
  const client = await openWebSocketAsPromised(url);
  const arrived = () => {
    client.send("1");
    return new Promise((resolve) => client.onMessage.addOnceListener(resolve));
  };
  return sender("websocket-as-promised", () => client.send(messageText), arrived);
}
