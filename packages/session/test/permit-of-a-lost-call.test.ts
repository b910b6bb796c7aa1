import { serverLimits } from "@outsock/core";
import { recordingSink } from "@outsock/core/testing";
import { expect, it } from "vitest";
import { DistantLimit } from "./support/distant-limit.ts";
import { oddTransport } from "./support/odd-transport.ts";
import { stage } from "./support/stage.ts";

it("the permit of a call is kept where the connection ends while the socket takes the message", async () => {
  const limit = new DistantLimit(5, 60_000);
  const statsSink = recordingSink();
  const { transport, channels } = oddTransport({ send: (channel) => channel.end(1006) });
  const { open, clock } = stage({ limits: serverLimits({ message: limit }), statsSink, transport });
  const session = await open({ reserve: 0, reconnect: false, heartbeat: false });
  const call = session.call("echo", 1);
  await clock.advance(1);
  expect((await call).error).toMatchObject({ code: "CONNECTION_CLOSED", sent: "maybe" });
  expect(channels[0]?.sent).toHaveLength(1);
  expect(limit.kept).toBe(statsSink.of("message-sent").length);
});
