import type { ClientFrame } from "./client-frames.ts";
import type { Replies } from "./replies.ts";

/** What the server does with a message. */
export type Behaviour = (message: ClientFrame, replies: Replies) => void;

const text = 1;

/** The messages of a flood: JSON of 100 bytes. */
const floodMessage = Buffer.from(JSON.stringify({ id: 7, price: 101.25, note: "x".repeat(64) }));

/** By the path that a client asks for. */
export const behaviours: Readonly<Record<string, Behaviour>> = {
  /** Sends back what it gets. */
  "/echo": (message, replies) => replies.echo(text, message),
  /** Swallows messages; a short one is sent back, so that a client learns that all before it have arrived. */
  "/sink": (message, replies) => {
    if (message.byteLength <= 8) replies.echo(text, message);
  },
  /** Answers a number with that many messages. */
  "/flood": (message, replies) => {
    for (let left = Number(message.text()); left > 0; left -= 1) replies.frame(text, floodMessage);
  },
  /** Answers a JSON-RPC 2.0 call, without taking the time to parse it. */
  "/rpc": (message, replies) => {
    const [, id = "null"] = /"id":("[^"]*"|\d+)/.exec(message.text()) ?? [];
    replies.frame(text, Buffer.from(`{"jsonrpc":"2.0","result":{"note":"${"x".repeat(64)}"},"id":${id}}`));
  },
};
