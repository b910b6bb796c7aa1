import { unwrap } from "outsock";
import { check, type Demonstration, type Step } from "./demonstration.ts";
import { answerOf, evaluate } from "./protocol.ts";

/** `request`: everything in one call, and nothing is left open. */
export async function oneShot({ manager, url, tally, signal }: Demonstration): Promise<Step> {
  const startedAt = performance.now();
  const { response } = unwrap(await manager.request(url, evaluate(1, "6 * 7"), { signal }));
  const tookMs = Math.round(performance.now() - startedAt);
  tally.operations += 1;
  tally.connections += 1;
  tally.sent += 1;
  tally.received += 1;
  const answer = answerOf(response);
  const { openConnections } = manager.getStats();
  return {
    title: "request: connect, ask, take the answer, close",
    checks: [
      check("6 * 7 is 42", answer === 42, `${answer}, in ${tookMs} ms`),
      check("nothing is left open", openConnections === 0, `${openConnections} connections`),
    ],
  };
}
