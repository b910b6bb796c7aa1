import { unwrap } from "@outsock/core";
import type { Session } from "@outsock/session";
import { z } from "zod";

const target = z.object({ targetId: z.string() });
const attached = z.object({ sessionId: z.string() });
const image = z.object({ data: z.base64() });

/** Opens a page in its own tab and returns a screenshot as PNG. */
export async function screenshot(session: Session, url: string): Promise<Buffer> {
  const tab = { url: "about:blank", width: 800, height: 600 };
  const { targetId } = unwrap(await session.call("Target.createTarget", tab, { schema: target })).response;
  try {
    // From here on, `scope` addresses the tab over the same connection.
    const attach = { targetId, flatten: true };
    const { response } = unwrap(await session.call("Target.attachToTarget", attach, { schema: attached }));
    const scope = response.sessionId;
    unwrap(await session.call("Page.enable", undefined, { scope }));

    // Subscribe before the navigation, so that the event cannot be missed.
    const { subscription } = unwrap(await session.subscribe("Page.loadEventFired", undefined, { scope }));
    unwrap(await session.call("Page.navigate", { url }, { scope }));
    for await (const _ of subscription) break;

    const captured = await session.call(
      "Page.captureScreenshot",
      { format: "png" },
      { scope, schema: image },
    );
    return Buffer.from(unwrap(captured).response.data, "base64");
  } finally {
    await session.call("Target.closeTarget", { targetId });
  }
}
