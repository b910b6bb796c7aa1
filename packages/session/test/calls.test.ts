import { describe, expect, it } from "vitest";
import { stage } from "./support/stage.ts";

describe("a call", () => {
  it("is answered with what the server says", async () => {
    const { open } = stage();
    const session = await open();
    const result = await session.call("echo", { a: 1 }, { correlationId: "c" });
    expect(result).toEqual({ success: true, data: { response: { a: 1 }, correlationId: "c" } });
  });
});
