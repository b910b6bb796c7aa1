import { setTimeout } from "node:timers/promises";
import { type HomeAssistantServer, startHomeAssistant } from "@outsock/test-servers";
import { describe, expect, it } from "vitest";
import { LocalFunction } from "../home-assistant-lambda/lambda/local-function.ts";
import { Relay } from "./support/relay.ts";

const module = new URL("../home-assistant-lambda/handler.ts", import.meta.url);
const token = "a-long-lived-token";

class Stage implements AsyncDisposable {
  readonly house: HomeAssistantServer;
  readonly relay: Relay;
  readonly lambda: LocalFunction;

  private constructor(house: HomeAssistantServer, relay: Relay, url: string) {
    this.house = house;
    this.relay = relay;
    this.lambda = new LocalFunction({
      module,
      environment: { HOME_ASSISTANT_URL: url, HOME_ASSISTANT_TOKEN: token },
      timeoutMs: 6_000,
      execArgv: ["--conditions=@outsock/source"],
    });
  }

  static async set(): Promise<Stage> {
    const house = await startHomeAssistant({ token });
    const relay = new Relay(house.url);
    return new Stage(house, relay, await relay.listen());
  }

  /** Turns the light on or off. Returns the answer to the caller and the state of the light. */
  async turn(on: boolean): Promise<unknown> {
    const outcome = await this.lambda.invoke({ light: "light.kitchen", on });
    return { ...outcome, light: this.house.states.get("light.kitchen") };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lambda[Symbol.asyncDispose]();
    await this.relay[Symbol.asyncDispose]();
    await this.house.close();
  }
}

const meanwhile = {
  "nothing happened": () => {},
  "the server dropped the connection": ({ house }: Stage) => house.dropConnections(),
  "the network forgot the connection": ({ relay }: Stage) => relay.forget(),
};

describe.concurrent("the handler", { timeout: 30_000 }, () => {
  for (const [what, happen] of Object.entries(meanwhile)) {
    it.each([0, 2_300])(`succeeds after a freeze of %s ms in which ${what}`, async (frozenMs) => {
      await using stage = await Stage.set();
      expect(await stage.turn(true)).toMatchObject({ payload: { success: true }, light: "on" });
      for (const [on, light] of [
        [false, "off"],
        [true, "on"],
      ] as const) {
        happen(stage);
        await setTimeout(frozenMs);
        expect(await stage.turn(on)).toMatchObject({ payload: { success: true }, light });
      }
      const { received, connectionCount } = stage.house;
      expect(connectionCount).toBe(what === "nothing happened" ? 1 : 3);
      // After a long freeze, the connection was probed before it was used, so nothing was sent twice.
      const calls = received.filter(({ type }) => type === "call_service");
      if (frozenMs > 0) expect(calls).toHaveLength(3);
    });
  }

  it("returns a failure as plain data, and the next invocation opens a new session", async () => {
    await using stage = await Stage.set();
    await using other = await startHomeAssistant({ token: "another-token" });
    await stage.turn(true);
    stage.relay.target = other.url;
    stage.house.dropConnections();

    const refused = { payload: { success: false, error: { code: "AUTH_FAILED" } } };
    expect(await stage.turn(false)).toMatchObject(refused);
    expect(await stage.turn(false)).toMatchObject(refused);
    stage.relay.target = stage.house.url;
    expect(await stage.turn(false)).toMatchObject({ payload: { success: true }, light: "off" });
  });

  it("returns before Lambda's time limit, even if the server does not answer", async () => {
    await using stage = await Stage.set();
    await stage.turn(true);
    stage.house.silent = true;

    const failure = { success: false, error: { code: expect.any(String) } };
    expect(await stage.turn(false)).toMatchObject({ payload: failure });
    stage.house.silent = false;
    expect(await stage.turn(false)).toMatchObject({ payload: { success: true }, light: "off" });
  });
});
