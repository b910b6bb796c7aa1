import { expect, test, vi } from "vitest";
import { ReadingTurns } from "../../src/undici/flood-control.ts";

test("reading rests for one turn of the event loop once parsing has taken its time", async () => {
  const changes: boolean[] = [];
  const turns: ReadingTurns = new ReadingTurns(() => changes.push(turns.isResting));
  const now = vi.spyOn(performance, "now");
  now.mockReturnValueOnce(0).mockReturnValueOnce(4).mockReturnValueOnce(10).mockReturnValueOnce(15);
  turns.take(() => {});
  expect(changes).toEqual([]);
  turns.take(() => {});
  expect(changes).toEqual([true]);
  await vi.waitUntil(() => !turns.isResting);
  expect(changes).toEqual([true, false]);
});
