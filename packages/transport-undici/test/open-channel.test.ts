import { getEventListeners } from "node:events";
import { TransportError } from "@outsock/core";
import { expect, test } from "vitest";
import { undiciTransport } from "../src/index.ts";
import { startAttempt } from "../src/open-channel.ts";
import { noEvents, requestFor, startPeer } from "./support/connect.ts";

const open = (url: string, overrides = {}, transport = undiciTransport()) =>
  transport.open(requestFor(url, overrides), noEvents);

test("an IPv6 literal is checked without its brackets", async () => {
  const checked: string[] = [];
  const allowAddress = (address: string): boolean => checked.push(address) < 0;
  await expect(open("ws://[::1]:9/", { allowAddress })).rejects.toMatchObject({ code: "URL_FORBIDDEN" });
  expect(checked).toEqual(["::1"]);
});

test("a name is refused when one of its addresses is", async () => {
  const peer = await startPeer();
  const url = peer.url.replace("127.0.0.1", "localhost");
  const allowAddress = (address: string): boolean => address !== "127.0.0.1";
  await expect(open(url, { allowAddress })).rejects.toMatchObject({ code: "URL_FORBIDDEN" });
  expect(peer.connectionCount).toBe(0);
});

test("a header that cannot be sent is refused without being named", async () => {
  const peer = await startPeer();
  const failed = open(peer.url, { headers: { "X-Key": "secret\r\nX-Other: 1" } });
  await expect(failed).rejects.toMatchObject({ code: "PROTOCOL_ERROR" });
  await expect(failed).rejects.not.toThrow(/secret/);
});

test("a port that undici never dials is CONNECT_FAILED", async () => {
  await expect(open("ws://127.0.0.1:1/")).rejects.toMatchObject({ code: "CONNECT_FAILED" });
});

test("a refused connection has its cause", async () => {
  const peer = await startPeer();
  await peer.close();
  const cause = { code: "ECONNREFUSED" };
  await expect(open(peer.url)).rejects.toMatchObject({ code: "CONNECT_FAILED", cause });
});

function attemptUnderWay() {
  const controller = new AbortController();
  const failures: string[] = [];
  const attempt = startAttempt(controller.signal, ({ code }) => failures.push(code));
  return { attempt, failures, controller };
}

test("an attempt fails once, and no longer listens to the signal", () => {
  const { attempt, failures, controller } = attemptUnderWay();
  attempt.fail(new TransportError("CONNECT_FAILED", "first"));
  attempt.fail(new TransportError("PROTOCOL_ERROR", "second"));
  controller.abort();
  expect(failures).toEqual(["CONNECT_FAILED"]);
  expect(attempt.end()).toBe(false);
  expect(getEventListeners(controller.signal, "abort")).toEqual([]);
});

test("aborting fails an attempt that is under way", () => {
  const { attempt, failures, controller } = attemptUnderWay();
  controller.abort();
  expect(failures).toEqual(["ABORTED"]);
  expect(attempt.end()).toBe(false);
});

test("an attempt that has succeeded fails no more", () => {
  const { attempt, failures, controller } = attemptUnderWay();
  expect(attempt.end()).toBe(true);
  attempt.fail(new TransportError("CONNECT_FAILED", "late"));
  controller.abort();
  expect(failures).toEqual([]);
  expect(getEventListeners(controller.signal, "abort")).toEqual([]);
});
