import { lookup } from "node:dns";
import { createWebSocketManager, type Transport } from "@outsock/core";
import { undiciTransport } from "@outsock/transport-undici";
import { wsTransport } from "@outsock/transport-ws";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { type GuardOptions, guarded } from "../../src/index.ts";
import { startPeer } from "../support/guard-fixture.ts";

type Answer = readonly string[];

const dns = vi.hoisted(() => ({ answers: [] as (readonly string[])[], asked: [] as string[] }));

/** Answers in this order, and repeats the last answer. */
vi.mock("node:dns", () => ({
  lookup(name: string, options: { all?: boolean }, tell: (error: null, ...found: unknown[]) => void) {
    dns.asked.push(name);
    const answer = (dns.answers.length > 1 ? dns.answers.shift() : dns.answers[0]) ?? [];
    const found = answer.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    if (options.all === true) tell(null, found);
    else tell(null, found[0]?.address, found[0]?.family);
  },
}));

beforeEach(() => {
  dns.asked.length = 0;
});

function managerOver(transport: Transport, options?: GuardOptions) {
  const manager = createWebSocketManager({ transport: guarded(transport, options) });
  onTestFinished(() => manager.dispose());
  return manager;
}

/** A vulnerable program: it resolves a name, checks the address, and then dials the name. */
function resolve(name: string): Promise<unknown> {
  return new Promise((found) => lookup(name, {}, (_error, address) => found(address)));
}

describe.each([
  ["ws", wsTransport],
  ["undici", undiciTransport],
])("over %s, a name", (_, createTransport) => {
  const dial = async (answers: readonly Answer[], options?: GuardOptions) => {
    dns.answers = [...answers];
    const peer = await startPeer();
    const manager = managerOver(createTransport(), options);
    return { peer, connect: () => manager.connect(`ws://rebind.example:${peer.port}`) };
  };

  it("that resolves to a public address when checked and to loopback when dialled reaches nothing", async () => {
    const { peer, connect } = await dial([["8.8.8.8"], ["127.0.0.1"]]);
    expect(await resolve("rebind.example")).toBe("8.8.8.8");
    expect((await connect()).error?.code).toBe("URL_FORBIDDEN");
    expect(dns.asked).toEqual(["rebind.example", "rebind.example"]);
    expect(peer.connectionCount).toBe(0);
  });

  it("that changes between two connects is checked again", async () => {
    const { peer, connect } = await dial([["127.0.0.1"], ["127.0.0.2"]], { allowAddresses: ["127.0.0.1"] });
    expect((await connect()).success).toBe(true);
    expect((await connect()).error?.code).toBe("URL_FORBIDDEN");
    expect(peer.connectionCount).toBe(1);
  });

  it.each<Answer>([
    ["127.0.0.1"],
    ["::1"],
    ["::ffff:127.0.0.1"],
    ["::127.0.0.1"],
    ["fe80::1%eth0"],
    ["169.254.169.254"],
    ["nonsense"],
    ["8.8.8.8", "127.0.0.1"],
    ["127.0.0.1", "8.8.8.8"],
  ])("whose addresses are %s %s is refused", async (...answer) => {
    const { peer, connect } = await dial([answer]);
    expect((await connect()).error?.code).toBe("URL_FORBIDDEN");
    expect(peer.connectionCount).toBe(0);
  });

  it("is dialled at the address that was checked", async () => {
    const { peer, connect } = await dial([["127.0.0.1"], ["127.0.0.9"]], { allowPrivate: true });
    expect((await connect()).success).toBe(true);
    expect([dns.asked.length, peer.connectionCount]).toEqual([1, 1]);
  });

  it("that is allowed does not allow its address", async () => {
    const { peer, connect } = await dial([["127.0.0.1"]], { allow: ["rebind.example"] });
    expect((await connect()).error?.code).toBe("URL_FORBIDDEN");
    expect(peer.connectionCount).toBe(0);
  });
});

it("cached addresses are checked too", async () => {
  dns.answers = [["127.0.0.1"]];
  const peer = await startPeer();
  const transport = wsTransport({ lookupCacheMs: 60_000 });
  const url = `ws://rebind.example:${peer.port}`;
  expect((await managerOver(transport, { allowPrivate: true }).connect(url)).success).toBe(true);
  expect((await managerOver(transport).connect(url)).error?.code).toBe("URL_FORBIDDEN");
  expect([dns.asked.length, peer.connectionCount]).toEqual([1, 1]);
});
