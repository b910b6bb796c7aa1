import { unwrap } from "@outsock/core";
import type { Session, SubscribeOptions, Subscription } from "../../src/index.ts";

export async function follow(
  session: Session,
  method = "news",
  options: SubscribeOptions = {},
): Promise<Subscription> {
  return unwrap(await session.subscribe(method, undefined, options)).subscription;
}

export async function takeAll(subscription: Subscription, into: unknown[]): Promise<void> {
  for await (const event of subscription) into.push(event);
}

/** Collects the events of a subscription, however it ends. */
export function collect(subscription: Subscription): unknown[] {
  const seen: unknown[] = [];
  takeAll(subscription, seen).catch(() => undefined);
  return seen;
}
