import { setTimeout } from "node:timers/promises";

let ticks = 0;
let running = 0;
let invocations = 0;
setInterval(() => {
  ticks += 1;
}, 5);

interface Order {
  readonly waitMs?: number;
  readonly fail?: string;
  readonly exit?: number;
}

/** Reports what a process can observe about being stopped, and fails in every way on demand. */
export async function handler(
  order: Order,
  context: { getRemainingTimeInMillis(): number },
): Promise<unknown> {
  running += 1;
  invocations += 1;
  const remainingMs = context.getRemainingTimeInMillis();
  await setTimeout(order.waitMs ?? 0);
  if (order.exit !== undefined) process.exit(order.exit);
  running -= 1;
  if (order.fail !== undefined) throw new RangeError(order.fail);
  return { pid: process.pid, ticks, invocations, running, remainingMs, context };
}
