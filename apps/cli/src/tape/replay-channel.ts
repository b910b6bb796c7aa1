import { setTimeout as delay } from "node:timers/promises";
import {
  type ConnectData,
  type Connection,
  type OutsockError,
  type Result,
  unwrap,
  type WebSocketManager,
} from "@outsock/core";
import {
  type ChannelEntry,
  type Compare,
  type Difference,
  type Tape,
  type TapeChannel,
  TapeParting,
} from "@outsock/transport-tape";
import type { CommandContext } from "../perform.ts";
import { type ReplayFlags, tapeMismatch } from "./tape-file.ts";

/** How much of a tape has been replayed. */
export interface ReplayCounts {
  channelCount: number;
  sentCount: number;
  receivedCount: number;
}

interface Playing {
  readonly tape: Tape;
  readonly channel: TapeChannel;
  /** What to send, keyed by the line on the tape. */
  readonly payloads: ReadonlyMap<number, string | Uint8Array>;
  readonly manager: WebSocketManager;
  readonly connected: Result<ConnectData>;
  readonly compare: Compare;
  readonly flags: ReplayFlags;
  readonly context: CommandContext;
  readonly played: ReplayCounts;
}

/** Plays the client side of one channel, and closes it. */
export async function replayChannel(playing: Playing): Promise<void> {
  const { channel, connected, manager } = playing;
  const { outcome } = channel;
  if (outcome?.type === "failed") return checkFailure(playing, outcome.code, outcome.status);
  const { connection } = unwrap(connected);
  let beforeMs = outcome?.atMs ?? 0;
  for (const entry of channel.entries) {
    await pause(playing, entry.atMs - beforeMs);
    beforeMs = entry.atMs;
    await play(playing, connection, entry);
  }
  await manager.close(connection);
}

function checkFailure(playing: Playing, code: string, status: number | undefined): void {
  const { connected } = playing;
  const line = playing.channel.outcome?.line ?? playing.channel.open.line;
  if (connected.success) throw mismatch(playing, line, "the server accepts a handshake that it rejected");
  const { error } = connected;
  if (error.code === code && error.status === status) return;
  const difference = { at: "code", recorded: [code, status], actual: [error.code, error.status] };
  throw mismatch(playing, line, "the connection fails differently", difference);
}

async function pause({ flags, context }: Playing, ms: number): Promise<void> {
  if (flags.speed !== undefined && ms > 0) {
    await delay(ms / flags.speed, undefined, { signal: context.signal });
  }
}

async function play(playing: Playing, connection: Connection, entry: ChannelEntry): Promise<void> {
  switch (entry.type) {
    case "out":
      return send(playing, connection, entry);
    case "in":
      return receive(playing, connection, entry);
    case "closed":
      return expectEnd(playing, connection, entry.line, entry.code);
    case "closing":
    case "terminated": {
      const code = entry.type === "closing" && canBeSent(entry.code) ? { code: entry.code } : {};
      await playing.manager.close(connection, code);
    }
  }
}

async function send(
  { manager, payloads, played, context }: Playing,
  connection: Connection,
  { line }: ChannelEntry,
): Promise<void> {
  unwrap(await manager.send(connection, payloads.get(line), { signal: context.signal }));
  played.sentCount += 1;
}

async function receive(
  playing: Playing,
  connection: Connection,
  entry: Extract<ChannelEntry, { type: "out" | "in" }>,
): Promise<void> {
  const { manager, compare, played, context } = playing;
  const { success, data, error } = await manager.receive(connection, { signal: context.signal });
  if (!success) throw notReceived(playing, entry.line, error);
  const { response } = data;
  const actual = response instanceof Uint8Array ? response : String(response);
  const difference = compare(entry, actual);
  if (difference !== undefined) {
    throw mismatch(playing, entry.line, "the message received is different", difference);
  }
  played.receivedCount += 1;
}

function notReceived(playing: Playing, line: number, error: OutsockError): Error {
  if (error.code === "ABORTED") return error;
  const instead = error.code === "RECEIVE_TIMEOUT" ? "nothing arrived in time (--timeout)" : error.message;
  return mismatch(playing, line, `the tape has a message here; instead: ${instead}`);
}

/** After the client's own close there is nothing to compare: the peer echoes its code. */
async function expectEnd(
  playing: Playing,
  connection: Connection,
  line: number,
  code: number,
): Promise<void> {
  if (connection.state !== "open") return;
  const { success, error } = await playing.manager.receive(connection, { signal: playing.context.signal });
  if (success) throw mismatch(playing, line, "a message arrives where the connection ends on the tape");
  if (error.code === "ABORTED") throw error;
  if (error.closeCode === code) return;
  const difference = { at: "code", recorded: code, actual: error.closeCode };
  throw mismatch(playing, line, "the connection ends differently", difference);
}

function mismatch({ tape, channel }: Playing, line: number, what: string, difference?: Difference): Error {
  const place = { file: tape.file, line, channel: channel.number };
  return tapeMismatch(new TapeParting(place, what, difference));
}

function canBeSent(code: number | undefined): code is number {
  return code === 1000 || (code !== undefined && code >= 3000 && code <= 4999);
}
