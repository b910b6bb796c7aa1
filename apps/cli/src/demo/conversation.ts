import { unwrap } from "outsock";
import { type Conversation, check, type Step } from "./demonstration.ts";
import { answerOf, evaluate, idOf, loggedBy } from "./protocol.ts";

const questions = [1, 2, 3, 4, 5];
const ticks = [101, 102, 103];

/** `connect`, `send`, `receive`, and `for await` over what comes. */
export async function conversation(step: Conversation): Promise<Step> {
  const answers = await askAndReceive(step);
  const { events, ids } = await iterateEvents(step);
  const wanted = questions.map((number) => number * number).join(" ");
  return {
    title: "connect: one connection for many messages",
    checks: [
      check("5 sends, 5 receives, in order", answers === wanted, answers),
      check("for await sees the events", events === "tick 1, tick 2, tick 3", events),
      check("and the answers between them", ids === "100 101 102 103", ids),
    ],
  };
}

async function askAndReceive({ manager, connection, tally, signal }: Conversation): Promise<string> {
  const answers: unknown[] = [];
  for (const number of questions) {
    unwrap(await manager.send(connection, evaluate(number, `${number} ** 2`), { signal }));
  }
  for (const _ of questions) {
    const { response } = unwrap(await manager.receive(connection, { signal }));
    answers.push(answerOf(response));
  }
  tally.operations += 2 * questions.length;
  tally.sent += questions.length;
  tally.received += questions.length;
  return answers.join(" ");
}

async function iterateEvents(step: Conversation): Promise<{ events: string; ids: string }> {
  const { manager, connection, tally, signal } = step;
  const messages = [
    { id: 100, method: "Runtime.enable" },
    ...ticks.map((id, index) => evaluate(id, `console.log('tick', ${index + 1})`)),
  ];
  for (const message of messages) unwrap(await manager.send(connection, message, { signal }));
  tally.operations += messages.length;
  tally.sent += messages.length;
  const events: string[] = [];
  const ids: number[] = [];
  for await (const message of connection) {
    tally.received += 1;
    const event = loggedBy(message);
    const id = idOf(message);
    if (event !== undefined) events.push(event);
    if (id !== undefined) ids.push(id);
    if (events.length >= ticks.length && ids.length >= messages.length) break;
  }
  return { events: events.join(", "), ids: ids.join(" ") };
}
