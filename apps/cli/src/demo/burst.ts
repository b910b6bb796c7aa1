import { setTimeout } from "node:timers/promises";
import { unwrap } from "outsock";
import { type Check, type Conversation, check, type Step } from "./demonstration.ts";
import { answerOf, evaluate, idOf } from "./protocol.ts";

const sends = 400;
const firstId = 1_000;
const limit = 300;
const windowMs = 1_000;

interface Burst {
  /** Ids of the questions that were sent. */
  readonly admitted: readonly number[];
  /** What each refusal asked to wait; NaN where it was no refusal by the limiter. */
  readonly waitsMs: readonly number[];
}

/** More sends than the rate limiter admits. It refuses the rest at once and says when to come again. */
export async function burst(step: Conversation): Promise<Step> {
  const used = step.manager.getStats().currentRateLimitSize;
  const { admitted, waitsMs } = await sendAll(step);
  const soonest = Math.min(...waitsMs);
  const latest = Math.max(...waitsMs);
  const answered = await receiveAnswers(step, admitted.length);
  const count = admitted.length;
  return {
    title: `${sends} sends at once, against a limit of ${limit} operations in ${windowMs} ms`,
    checks: [
      check(
        "no more admitted than the limit",
        count <= limit && count >= limit - used,
        `${count}, ${used} used before`,
      ),
      check(
        "the rest refused as RATE_LIMITED",
        waitsMs.length === sends - count && count < sends,
        waitsMs.length,
      ),
      check("each with its retryAfterMs", soonest > 0 && latest <= windowMs, `${Math.ceil(latest)} ms`),
      check(
        "what was sent is answered in order",
        answered.join() === admitted.join(),
        `${answered.length} answers`,
      ),
      await sendAgain(step, latest),
    ],
  };
}

async function sendAll({ manager, connection, tally }: Conversation): Promise<Burst> {
  const ids = Array.from({ length: sends }, (_, index) => firstId + index);
  const results = await Promise.all(ids.map((id) => manager.send(connection, evaluate(id, "0"))));
  const admitted = ids.filter((_, index) => results[index]?.success);
  const waitsMs = results.flatMap(({ error }) => {
    if (error === undefined) return [];
    return error.code === "RATE_LIMITED" ? [error.retryAfterMs ?? Number.NaN] : [Number.NaN];
  });
  tally.operations += admitted.length;
  tally.sent += admitted.length;
  tally.refused += waitsMs.length;
  return { admitted, waitsMs };
}

async function receiveAnswers(
  { connection, tally }: Conversation,
  count: number,
): Promise<readonly number[]> {
  const ids: number[] = [];
  for await (const message of connection) {
    tally.received += 1;
    const id = idOf(message);
    if (id !== undefined) ids.push(id);
    if (ids.length >= count) break;
  }
  return ids;
}

async function sendAgain(step: Conversation, retryAfterMs: number): Promise<Check> {
  const { manager, connection, tally, signal } = step;
  // Timers cut fractions off and may be early by one millisecond.
  await setTimeout(Math.ceil(retryAfterMs) + 1, undefined, { signal });
  const { success } = await manager.send(connection, evaluate(firstId + sends, "'again'"), { signal });
  if (!success) {
    tally.refused += 1;
    return check("admitted again after retryAfterMs", false, "refused");
  }
  const { response } = unwrap(await manager.receive(connection, { signal }));
  tally.operations += 2;
  tally.sent += 1;
  tally.received += 1;
  return check("admitted again after that time", answerOf(response) === "again", String(answerOf(response)));
}
