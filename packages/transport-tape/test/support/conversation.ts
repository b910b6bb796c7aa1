import type { Channel, Transport } from "@outsock/core";
import { createMemoryNetwork, type MemoryPeer } from "@outsock/transport-memory";
import type { Dice } from "./dice.ts";
import { linesOf, url } from "./tapes.ts";
import { openUser, settle, type User } from "./user.ts";

type Payload = string | Uint8Array;
type Step = { readonly who: number } & (
  | { readonly do: "open"; readonly greeting: Payload | undefined; readonly protocol: string }
  | { readonly do: "send" | "push"; readonly message: Payload }
  | { readonly do: "close" | "end"; readonly code: number | undefined; readonly reason: string }
  | { readonly do: "terminate" | "drop" | "ping" }
);

export function stepsOf(dice: Dice): Step[] {
  const message = () =>
    dice.oneOf<() => Payload>(
      () => dice.text(),
      () => dice.bytes(),
      () => JSON.stringify(dice.json()),
      () => JSON.stringify({ token: dice.text(), key: "a1b2c3d4e5f6a7b8" }),
    )();
  return dice.times(dice.below(40), () => {
    const who = dice.below(3);
    const what = dice.oneOf(
      "open",
      "open",
      "send",
      "send",
      "send",
      "push",
      "push",
      "close",
      "end",
      "terminate",
      "drop",
      "ping",
    );
    if (what === "open") {
      const greeting = dice.below(3) === 0 ? message() : undefined;
      return { who, do: what, greeting, protocol: dice.oneOf("v1", "key-a1b2c3d4e5f6a7") };
    }
    if (what === "send" || what === "push") return { who, do: what, message: message() };
    if (what === "close" || what === "end") {
      const code = dice.oneOf(undefined, 1000, 4000 + dice.below(999));
      return { who, do: what, code, reason: code === undefined ? "" : dice.text() };
    }
    return { who, do: what };
  });
}

type Heard = Pick<User, "messages" | "closes">;
type Act = (users: readonly User[], transport: Transport) => Promise<User | undefined>;

function dialOf(who: number) {
  return {
    url: `${url}/${who}?token=t${who}&n=1`,
    protocols: ["v1", "key-a1b2c3d4e5f6a7"],
    headers: { Authorization: "Bearer my-own-bearer", "x-a": "1" },
  };
}

/** What the caller does in a step; undefined if the step is the peer's or cannot be taken now. */
function actOf(step: Step, users: readonly User[], current: Map<number, number>): Act | undefined {
  const number = current.get(step.who);
  if (step.do === "open" && number === undefined) {
    current.set(step.who, users.length);
    return (_, transport) => openUser(transport, dialOf(step.who));
  }
  if (number === undefined) return undefined;
  const on =
    (act: (channel: Channel) => void): Act =>
    async (all) =>
      void act(found(all[number]).channel);
  if (step.do === "send") return on((channel) => channel.send(step.message));
  if (step.do === "close") return on((channel) => channel.close(step.code, step.reason));
  if (step.do === "terminate") return on((channel) => channel.terminate());
  return step.do === "ping" ? on((channel) => channel.ping()) : undefined;
}

/** Takes all steps, the caller's and the peer's. Returns what the caller did and received. */
export async function talk(
  steps: readonly Step[],
  transport: Transport,
  peerOf: (who: number) => MemoryPeer | undefined,
) {
  const current = new Map<number, number>();
  const users: User[] = [];
  const acts: Act[] = [];
  for (const step of steps) {
    const act = actOf(step, users, current);
    if (act !== undefined) {
      acts.push(act);
      users.push(...[await act(users, transport)].filter((user) => user !== undefined));
    }
    const peer = peerOf(step.who);
    if (step.do === "push") peer?.send(step.message);
    if (step.do === "end") peer?.close(step.code, step.reason);
    if (step.do === "drop") peer?.drop();
    await settle();
    for (const [who, number] of current) if (found(users[number]).closes.length > 0) current.delete(who);
  }
  return { acts, heard: users.map(heardBy) };
}

/** Repeats what the caller did. */
export async function again(acts: readonly Act[], transport: Transport): Promise<Heard[]> {
  const users: User[] = [];
  for (const act of acts) {
    users.push(...[await act(users, transport)].filter((user) => user !== undefined));
    await settle();
  }
  return users.map(heardBy);
}

function heardBy({ messages, closes }: User): Heard {
  return { messages, closes };
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("there is none");
  return value;
}

/** A network whose peers follow the steps, and greet their callers as the opening step says. */
export function networkFor(steps: readonly Step[]) {
  const network = createMemoryNetwork();
  const peers = new Map<string, MemoryPeer>();
  for (const who of [0, 1, 2]) {
    const openings = steps.filter((step) => step.do === "open" && step.who === who);
    const [first] = openings;
    const protocol = first?.do === "open" ? first.protocol : "v1";
    const greeting = first?.do === "open" ? first.greeting : undefined;
    network.listen(`${url}/${who}`, {
      protocol,
      onConnection(peer) {
        peers.set(`${who}`, peer);
        if (greeting !== undefined) peer.send(greeting);
      },
    });
  }
  return { transport: network.transport(), peerOf: (who: number) => peers.get(`${who}`) };
}

/** Channel by channel and without times. Placeholders are numbered anew in each recording. */
export function comparable(path: string): unknown[] {
  const neutral = (text: string): string => text.replaceAll(/\*\*\*\d*/g, "***");
  const lines = linesOf(path).map(
    ({ atMs: _atMs, startedAt: _startedAt, transport: _transport, ...line }) => {
      const { bytes } = line;
      const decoded = typeof bytes === "string" ? Buffer.from(bytes, "base64").toString("latin1") : undefined;
      return {
        ...JSON.parse(neutral(JSON.stringify(line))),
        ...(decoded !== undefined && { bytes: neutral(decoded) }),
      };
    },
  );
  // A greeting may come before or after the line that it was opened.
  return [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20].flatMap((channel) => {
    const own = lines.filter((line) => line.channel === channel);
    const isOutcome = (line: { type?: unknown }) => line.type === "opened" || line.type === "failed";
    return [own.filter(isOutcome), own.filter((line) => !isOutcome(line))];
  });
}

/** With errors reduced to their codes. */
export function withCodes(heard: readonly Heard[]): unknown[] {
  return heard.map(({ messages, closes }) => ({
    messages,
    closes: closes.map(({ error, ...close }) => ({ ...close, why: error?.code })),
  }));
}
