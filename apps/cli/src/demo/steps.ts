import { setTimeout } from "node:timers/promises";
import { type Stats, unwrap } from "outsock";
import {
  answerOf,
  type ConnectedDemo,
  type DemoCheck,
  type DemoContext,
  type DemoStep,
  demoCheck,
  evaluate,
  idOf,
  loggedBy,
} from "./demo-context.ts";

const questions = [1, 2, 3, 4, 5];
const ticks = [101, 102, 103];

/** `connect`, `send`, `receive`, and `for await` over the messages. */
export async function conversation(step: ConnectedDemo): Promise<DemoStep> {
  const answers = await askAndReceive(step);
  const { events, ids } = await iterateEvents(step);
  const wanted = questions.map((number) => number * number).join(" ");
  return {
    title: "connect: one connection for many messages",
    checks: [
      demoCheck("5 sends, 5 receives, in order", answers === wanted, answers),
      demoCheck("for await sees the events", events === "tick 1, tick 2, tick 3", events),
      demoCheck("and the answers between them", ids === "100 101 102 103", ids),
    ],
  };
}

async function askAndReceive({ manager, connection, counters, signal }: ConnectedDemo): Promise<string> {
  const answers: unknown[] = [];
  for (const number of questions) {
    unwrap(await manager.send(connection, evaluate(number, `${number} ** 2`), { signal }));
  }
  for (const _ of questions) {
    const { response } = unwrap(await manager.receive(connection, { signal }));
    answers.push(answerOf(response));
  }
  counters.operations += 2 * questions.length;
  counters.sent += questions.length;
  counters.received += questions.length;
  return answers.join(" ");
}

async function iterateEvents(step: ConnectedDemo): Promise<{ events: string; ids: string }> {
  const { manager, connection, counters, signal } = step;
  const messages = [
    { id: 100, method: "Runtime.enable" },
    ...ticks.map((id, index) => evaluate(id, `console.log('tick', ${index + 1})`)),
  ];
  for (const message of messages) unwrap(await manager.send(connection, message, { signal }));
  counters.operations += messages.length;
  counters.sent += messages.length;
  const events: string[] = [];
  const ids: number[] = [];
  for await (const message of connection) {
    counters.received += 1;
    const event = loggedBy(message);
    const id = idOf(message);
    if (event !== undefined) events.push(event);
    if (id !== undefined) ids.push(id);
    if (events.length >= ticks.length && ids.length >= messages.length) break;
  }
  return { events: events.join(", "), ids: ids.join(" ") };
}

/** `request`: everything in one call, with no connection left open. */
export async function oneShot({ manager, url, counters, signal }: DemoContext): Promise<DemoStep> {
  const startedAt = performance.now();
  const { response } = unwrap(await manager.request(url, evaluate(1, "6 * 7"), { signal }));
  const tookMs = Math.round(performance.now() - startedAt);
  counters.operations += 1;
  counters.connections += 1;
  counters.sent += 1;
  counters.received += 1;
  const answer = answerOf(response);
  const { openConnections } = manager.getStats();
  return {
    title: "request: connect, send, receive, close",
    checks: [
      demoCheck("6 * 7 is 42", answer === 42, `${answer}, in ${tookMs} ms`),
      demoCheck("nothing is left open", openConnections === 0, `${openConnections} connections`),
    ],
  };
}

const sends = 400;
const firstId = 1_000;
const limit = 300;
const windowMs = 1_000;

interface Burst {
  /** Ids of the calls that were sent. */
  readonly admitted: readonly number[];
  /** The `retryAfterMs` of each rejection; NaN for errors other than RATE_LIMITED. */
  readonly waitsMs: readonly number[];
}

/** More sends than the rate limiter admits. It rejects the rest at once, each with the time to wait. */
export async function burst(step: ConnectedDemo): Promise<DemoStep> {
  const used = step.manager.getStats().currentRateLimitSize;
  const { admitted, waitsMs } = await sendAll(step);
  const soonest = Math.min(...waitsMs);
  const latest = Math.max(...waitsMs);
  const answered = await receiveAnswers(step, admitted.length);
  const count = admitted.length;
  return {
    title: `${sends} sends at once, against a limit of ${limit} operations in ${windowMs} ms`,
    checks: [
      demoCheck(
        "no more admitted than the limit",
        count <= limit && count >= limit - used,
        `${count}, ${used} used before`,
      ),
      demoCheck(
        "the rest rejected as RATE_LIMITED",
        waitsMs.length === sends - count && count < sends,
        waitsMs.length,
      ),
      demoCheck("each with its retryAfterMs", soonest > 0 && latest <= windowMs, `${Math.ceil(latest)} ms`),
      demoCheck(
        "every message sent is answered in order",
        answered.join() === admitted.join(),
        `${answered.length} answers`,
      ),
      await sendAgain(step, latest),
    ],
  };
}

async function sendAll({ manager, connection, counters }: ConnectedDemo): Promise<Burst> {
  const ids = Array.from({ length: sends }, (_, index) => firstId + index);
  const results = await Promise.all(ids.map((id) => manager.send(connection, evaluate(id, "0"))));
  const admitted = ids.filter((_, index) => results[index]?.success);
  const waitsMs = results.flatMap(({ error }) => {
    if (error === undefined) return [];
    return error.code === "RATE_LIMITED" ? [error.retryAfterMs ?? Number.NaN] : [Number.NaN];
  });
  counters.operations += admitted.length;
  counters.sent += admitted.length;
  counters.refused += waitsMs.length;
  return { admitted, waitsMs };
}

async function receiveAnswers(
  { connection, counters }: ConnectedDemo,
  count: number,
): Promise<readonly number[]> {
  const ids: number[] = [];
  for await (const message of connection) {
    counters.received += 1;
    const id = idOf(message);
    if (id !== undefined) ids.push(id);
    if (ids.length >= count) break;
  }
  return ids;
}

async function sendAgain(step: ConnectedDemo, retryAfterMs: number): Promise<DemoCheck> {
  const { manager, connection, counters, signal } = step;
  // Timers drop fractions and may fire a millisecond early.
  await setTimeout(Math.ceil(retryAfterMs) + 1, undefined, { signal });
  const { success } = await manager.send(connection, evaluate(firstId + sends, "'again'"), { signal });
  if (!success) {
    counters.refused += 1;
    return demoCheck("admitted again after retryAfterMs", false, "rejected");
  }
  const { response } = unwrap(await manager.receive(connection, { signal }));
  counters.operations += 2;
  counters.sent += 1;
  counters.received += 1;
  return demoCheck(
    "admitted again after retryAfterMs",
    answerOf(response) === "again",
    String(answerOf(response)),
  );
}

/** Closes the connection, then compares `getStats` with the demo's own counters. */
export async function statistics({ manager, connection, counters }: ConnectedDemo): Promise<DemoStep> {
  const { code, clean } = unwrap(await manager.close(connection));
  counters.operations += 1;
  const stats = manager.getStats();
  return {
    title: "close, and getStats: the counters are right",
    checks: [
      demoCheck("closed with a handshake", clean, `code ${code}`),
      agrees(stats, "totalOperations", counters.operations),
      agrees(stats, "connectionsCount", counters.connections),
      agrees(stats, "messagesSentCount", counters.sent),
      agrees(stats, "messagesReceivedCount", counters.received),
      agrees(stats, "messagesDroppedCount", 0),
      agrees(stats, "errorsCount", 0),
      agrees(stats, "rateLimitedCount", counters.refused),
      agrees(stats, "openConnections", 0),
    ],
  };
}

function agrees(stats: Stats, name: keyof Stats, wanted: number): DemoCheck {
  return demoCheck(name, stats[name] === wanted, stats[name]);
}
