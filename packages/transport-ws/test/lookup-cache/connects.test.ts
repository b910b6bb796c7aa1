import type { LookupAddress, LookupOptions } from "node:dns";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { wsTransport } from "../../src/index.ts";
import { listen, requestFor, startPeer } from "../support/connect.ts";

type Answer = (error: Error | null, addresses?: readonly LookupAddress[]) => void;

/** The system, whose answers the test controls. */
const system = vi.hoisted(() => {
  const questions: { hostname: string; options: LookupOptions; answer: Answer }[] = [];
  return { questions, answers: (_answer: Answer): void => {} };
});

vi.mock("node:dns", () => ({
  lookup(hostname: string, options: LookupOptions, answer: Answer) {
    system.questions.push({ hostname, options, answer });
    system.answers(answer);
  },
}));

const loopback = [{ address: "127.0.0.1", family: 4 }];

beforeEach(() => {
  system.questions.length = 0;
});

describe("connects of a transport with lookupCacheMs", () => {
  async function startNamed() {
    system.answers = (answer) => answer(null, loopback);
    const peer = await startPeer();
    return { url: peer.url.replace("127.0.0.1", "peer.test"), peer };
  }

  it("query the system once, even if several begin at once", async () => {
    const { url } = await startNamed();
    const transport = wsTransport({ lookupCacheMs: 60_000 });
    const open = () => transport.open(requestFor(url), listen().events);
    const channels = [...(await Promise.all([open(), open()])), await open()];
    for (const channel of channels) channel.terminate();
    expect(system.questions.length).toBe(1);
  });

  it("call allowAddress every time, for cached addresses too", async () => {
    const { url, peer } = await startNamed();
    const transport = wsTransport({ lookupCacheMs: 60_000 });
    const checked: string[] = [];
    const allowing = (answer: boolean) => (address: string) => {
      checked.push(address);
      return answer;
    };
    const first = await transport.open(requestFor(url, { allowAddress: allowing(true) }), listen().events);
    first.terminate();
    const second = transport.open(requestFor(url, { allowAddress: allowing(false) }), listen().events);
    await expect(second).rejects.toMatchObject({ code: "URL_FORBIDDEN" });
    expect(checked).toEqual(["127.0.0.1", "127.0.0.1"]);
    expect(system.questions.length).toBe(1);
    expect(peer.connectionCount).toBe(1);
  });

  it("forget a name that could not be connected to", async () => {
    const { url, peer } = await startNamed();
    const unused = (await peer.unusedUrl()).replace("127.0.0.1", "peer.test");
    const transport = wsTransport({ lookupCacheMs: 60_000 });
    const failing = transport.open(requestFor(unused), listen().events);
    await expect(failing).rejects.toMatchObject({ code: "CONNECT_FAILED" });
    const channel = await transport.open(requestFor(url), listen().events);
    channel.terminate();
    expect(system.questions.length).toBe(2);
  });

  it("keep a name whose peer answered, whatever the answer", async () => {
    system.answers = (answer) => answer(null, loopback);
    const peer = await startPeer({ handshake: { type: "reject", status: 503 } });
    const transport = wsTransport({ lookupCacheMs: 60_000 });
    const request = requestFor(peer.url.replace("127.0.0.1", "peer.test"));
    for (let i = 0; i < 2; i += 1) {
      const refused = transport.open(request, listen().events);
      await expect(refused).rejects.toMatchObject({ code: "HANDSHAKE_REJECTED" });
    }
    expect(system.questions.length).toBe(1);
  });
});

describe("the option lookupCacheMs", () => {
  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, "1000", null, {}])("cannot be %o", (lookupCacheMs) => {
    const make = () => wsTransport(Object({ lookupCacheMs }));
    expect(make).toThrow(TypeError);
    expect(make).toThrow(/lookupCacheMs/);
  });

  it("can be 0, a number of milliseconds or undefined", () => {
    for (const lookupCacheMs of [0, 0.5, 60_000, undefined]) wsTransport({ lookupCacheMs });
  });

  it("is named among the known where an option is unknown", () => {
    expect(() => wsTransport(Object({ lookupCache: 1 }))).toThrow(/lookupCacheMs/);
  });
});
