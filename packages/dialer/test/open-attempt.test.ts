import { getEventListeners } from "node:events";
import { TransportError } from "@outsock/core";
import { expect, test } from "vitest";
import { OpenAttempt } from "../src/open-attempt.ts";

function start() {
  const controller = new AbortController();
  const failures: string[] = [];
  const attempt = new OpenAttempt(controller.signal, ({ code }) => failures.push(code));
  return { attempt, failures, controller };
}

test("an attempt fails once, and no longer listens to the signal", () => {
  const { attempt, failures, controller } = start();
  attempt.fail(new TransportError("CONNECT_FAILED", "first"));
  attempt.fail(new TransportError("PROTOCOL_ERROR", "second"));
  controller.abort();
  expect(failures).toEqual(["CONNECT_FAILED"]);
  expect(attempt.end()).toBe(false);
  expect(getEventListeners(controller.signal, "abort")).toEqual([]);
});

test("aborting fails an attempt that is under way", () => {
  const { attempt, failures, controller } = start();
  controller.abort();
  expect(failures).toEqual(["ABORTED"]);
  expect(attempt.end()).toBe(false);
});

test("an attempt that has succeeded fails no more", () => {
  const { attempt, failures, controller } = start();
  expect(attempt.end()).toBe(true);
  attempt.fail(new TransportError("CONNECT_FAILED", "late"));
  controller.abort();
  expect(failures).toEqual([]);
  expect(getEventListeners(controller.signal, "abort")).toEqual([]);
});
