import { type RateLimiter, slidingWindow, unwrap } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { scene, url } from "./support/scene.ts";

const server = "api.example.com";

describe("operations", () => {
  it("are counted by outcome, with their durations and those of their phases", async () => {
    const { manager, clock, scrape } = scene();
    const answered = manager.request(url, "hello");
    await clock.advance(20);
    unwrap(await answered);
    const silent = manager.request(url, "silence", { timeoutMs: 3_000 });
    await clock.advance(3_000);
    expect((await silent).error?.code).toBe("RECEIVE_TIMEOUT");

    const { value } = await scrape();
    const operation = "request";
    expect(value("outsock_operations_total", { operation, outcome: "succeeded" })).toBe(1);
    expect(value("outsock_operations_total", { operation, outcome: "failed" })).toBe(1);
    expect(value("outsock_operations_total", { operation, outcome: "rate_limited" })).toBe(0);
    const error = { operation, code: "RECEIVE_TIMEOUT", phase: "receive" };
    expect(value("outsock_operation_errors_total", error)).toBe(1);
    expect(value("outsock_operation_duration_seconds_sum", { operation })).toBeCloseTo(3.02, 9);
    expect(value("outsock_operation_duration_seconds_count", { operation })).toBe(2);
    expect(value("outsock_operation_duration_seconds_bucket", { operation, le: "0.01" })).toBe(0);
    expect(value("outsock_operation_duration_seconds_bucket", { operation, le: "0.025" })).toBe(1);
    expect(value("outsock_operation_duration_seconds_bucket", { operation, le: "5" })).toBe(2);
    const phase = (name: string) => ({ operation, phase: name });
    expect(value("outsock_phase_duration_seconds_sum", phase("receive"))).toBeCloseTo(3.02, 9);
    for (const name of ["admission", "connect", "send", "receive"])
      expect(value("outsock_phase_duration_seconds_count", phase(name))).toBe(2);
  });

  it("that failed in the same phase are distinguished by code", async () => {
    const { manager, clock, peers, scrape } = scene();
    const { connection } = unwrap(await manager.connect(url));
    const late = manager.receive(connection, { timeoutMs: 100 });
    await clock.advance(100);
    expect((await late).error?.code).toBe("RECEIVE_TIMEOUT");
    const lost = manager.receive(connection, { timeoutMs: 100 });
    peers[0]?.drop();
    expect((await lost).error?.code).toBe("CONNECTION_CLOSED");
    const { value } = await scrape();
    for (const code of ["RECEIVE_TIMEOUT", "CONNECTION_CLOSED"])
      expect(value("outsock_operation_errors_total", { operation: "receive", code, phase: "receive" })).toBe(
        1,
      );
  });

  it("are in flight from the call to the end, including the wait for the limiter", async () => {
    const rateLimiter = slidingWindow({ limit: 4, windowMs: 1_000 });
    const { manager, clock, scrape } = scene({ manager: { rateLimiter, onLimit: { wait: 10_000 } } });
    const operation = "request";
    const inFlight = async () => (await scrape()).value("outsock_operations_in_flight", { operation });
    expect(await inFlight()).toBeUndefined();

    const both = Promise.all([manager.request(url, "one"), manager.request(url, "two")]);
    await clock.advance(0);
    expect(await inFlight()).toBe(2);
    await clock.advance(20);
    expect(await inFlight()).toBe(1);
    await clock.advance(1_020);
    expect((await both).map(({ success }) => success)).toEqual([true, true]);
    expect(await inFlight()).toBe(0);
  });

  it("that are rate limited count neither as failures nor in durations", async () => {
    const rateLimiter = slidingWindow({ limit: 1, windowMs: 1_000 });
    const { manager, scrape } = scene({ manager: { rateLimiter } });
    const { connection } = unwrap(await manager.connect(url));
    expect((await manager.send(connection, "hello")).error?.code).toBe("RATE_LIMITED");

    const { value, families } = await scrape();
    const operation = "send";
    expect(value("outsock_operations_total", { operation, outcome: "rate_limited" })).toBe(1);
    expect(value("outsock_operations_total", { operation, outcome: "failed" })).toBe(0);
    expect(value("outsock_rate_limited_total", { operation, source: "local" })).toBe(1);
    expect(value("outsock_operation_duration_seconds_count", { operation })).toBeUndefined();
    expect(families.get("outsock_operation_errors_total")?.samples).toEqual([]);
    expect(value("outsock_rate_limit_fallbacks_total")).toBe(0);
  });

  it("that a limiter decides without its store are fallbacks, allowed or not", async () => {
    const local = slidingWindow({ limit: 2, windowMs: 1_000 });
    const rateLimiter: RateLimiter = {
      acquire: (...asked) => {
        const decision = local.acquire(...asked);
        return decision instanceof Promise ? decision : { ...decision, source: "fallback" };
      },
      refund: (cost, decision) => local.refund(cost, decision),
      usage: (options) => local.usage(options),
      reset: () => local.reset(),
    };
    const { manager, scrape } = scene({ manager: { rateLimiter } });
    const { connection } = unwrap(await manager.connect(url));
    await manager.send(connection, "one");
    expect((await manager.send(connection, "two")).error?.code).toBe("RATE_LIMITED");

    const { value } = await scrape();
    expect(value("outsock_rate_limit_fallbacks_total")).toBe(3);
    expect(value("outsock_rate_limited_total", { operation: "send", source: "fallback" })).toBe(1);
  });
});

describe("connections and messages", () => {
  it("connections are counted: opened, open, closed by code, and their duration", async () => {
    const { manager, clock, peers, scrape } = scene();
    const [one, two] = [unwrap(await manager.connect(url)), unwrap(await manager.connect(url))];
    await clock.advance(90_000);
    expect((await scrape()).value("outsock_open_connections", { server })).toBe(2);
    unwrap(await manager.close(one.connection));
    peers[1]?.drop();
    await clock.advance(0);
    expect(two.connection.state).toBe("closed");

    const { value } = await scrape();
    expect(value("outsock_connections_opened_total", { server })).toBe(2);
    expect(value("outsock_open_connections", { server })).toBe(0);
    expect(value("outsock_connections_closed_total", { server, code: "1000", clean: "true" })).toBe(1);
    expect(value("outsock_connections_closed_total", { server, code: "1006", clean: "false" })).toBe(1);
    expect(value("outsock_connection_duration_seconds_sum")).toBe(180);
    expect(value("outsock_connection_duration_seconds_bucket", { le: "60" })).toBe(0);
    expect(value("outsock_connection_duration_seconds_bucket", { le: "300" })).toBe(2);
  });

  it("messages are counted by direction, with the bytes received and the messages dropped", async () => {
    const inbox = { maxMessages: 2, overflow: "drop-oldest" } as const;
    const { manager, clock, scrape } = scene({ manager: { inbox } });
    const { connection } = unwrap(await manager.connect(url));
    for (const message of ["a", "bb", "ccc"]) await manager.send(connection, message);
    await clock.advance(20);
    expect(unwrap(await manager.receive(connection)).response).toBe("bb");
    expect(unwrap(await manager.receive(connection)).response).toBe("ccc");

    const { value } = await scrape();
    expect(value("outsock_messages_total", { direction: "sent" })).toBe(3);
    expect(value("outsock_messages_total", { direction: "received" })).toBe(2);
    expect(value("outsock_messages_dropped_total")).toBe(1);
    expect(value("outsock_received_bytes_total")).toBe('"bb"'.length + '"ccc"'.length);
  });

  it("series begin at zero if their labels are known, so that the first event is an increase", async () => {
    const { value } = await scene().scrape();
    expect(value("outsock_messages_total", { direction: "sent" })).toBe(0);
    expect(value("outsock_messages_total", { direction: "received" })).toBe(0);
    expect(value("outsock_messages_dropped_total")).toBe(0);
    expect(value("outsock_received_bytes_total")).toBe(0);
    expect(value("outsock_rate_limit_fallbacks_total")).toBe(0);
  });
});

it("the manager's reset resets no counter", async () => {
  const { manager, clock, scrape } = scene();
  const pending = manager.request(url, "hello");
  await clock.advance(20);
  unwrap(await pending);
  expect(await manager.reset()).toBe(true);
  expect((await manager.getStats()).messagesSentCount).toBe(0);
  const succeeded = { operation: "request", outcome: "succeeded" };
  expect((await scrape()).value("outsock_operations_total", succeeded)).toBe(1);
});
