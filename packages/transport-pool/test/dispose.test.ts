import { expect, it } from "vitest";
import { scene, url } from "./support/scene.ts";
import { slowScene } from "./support/slow-transport.ts";

it("closes what is idle with a handshake, and resolves when the peers have answered", async () => {
  const { pool, use, peers, clock } = scene();
  const heard: unknown[] = [];
  await use({ url: `${url}a` });
  await use({ url: `${url}b` });
  for (const peer of peers) peer.onClose((close) => heard.push(close));
  await pool.dispose();
  expect(heard).toEqual([
    { code: 1000, reason: "" },
    { code: 1000, reason: "" },
  ]);
  expect(pool.getStats()).toMatchObject({ idleCount: 0, discards: { disposed: 2 } });
  expect(clock.timers).toBe(0);
});

it("destroys what does not answer the close, after closeTimeoutMs", async () => {
  const { pool, use, peer, clock } = scene({ closeTimeoutMs: 700 }, { answersClose: false });
  await use();
  let done = false;
  const disposed = pool.dispose().then(() => {
    done = true;
  });
  await clock.advance(699);
  expect(done).toBe(false);
  await clock.advance(1);
  await disposed;
  await peer().ended;
  expect(clock.timers).toBe(0);
});

it("leaves what is in use open, and closes it for good when it is given back", async () => {
  const { pool, open, peer } = scene();
  const user = await open();
  await pool.dispose();
  expect(await user.ask("still here")).toBe("still here!");
  await user.close(1000);
  await peer().ended;
  expect(pool.getStats()).toMatchObject({ lentCount: 0, idleCount: 0, discards: { disposed: 1 } });
});

it("refuses those who wait and those who come, with DISPOSED", async () => {
  const { pool, openMany, dials } = slowScene();
  const [waiting] = openMany(1);
  await pool.dispose();
  expect(await waiting).toMatchObject({ code: "DISPOSED" });
  expect(dials[0]?.state).toBe("aborted");
  expect(await openMany(1)[0]).toMatchObject({ code: "DISPOSED" });
});

it("tells the manager's caller so", async () => {
  const { pool, manager } = scene();
  await pool.dispose();
  expect((await manager.request(url, "x")).error).toMatchObject({
    code: "DISPOSED",
    sent: "no",
    retryable: false,
  });
});

it("waits for what is being closed already, at the second call as at the first", async () => {
  const { pool, use, peer, clock } = scene({ idleMs: 1_000, closeTimeoutMs: 700 }, { answersClose: false });
  await use();
  await clock.advance(1_000);
  const order: string[] = [];
  const disposals = [pool.dispose(), pool.dispose()].map((done, at) =>
    done.then(() => order.push(`disposal ${at}`)),
  );
  void peer().ended.then(() => order.push("peer"));
  await clock.advance(700);
  await Promise.all(disposals);
  expect(order.toSorted()).toEqual(["disposal 0", "disposal 1", "peer"]);
  expect(clock.timers).toBe(0);
});

it("twice does nothing more, and happens at the end of a block", async () => {
  const { pool, use } = scene();
  {
    await using owned = pool;
    await use();
    expect(owned.getStats().idleCount).toBe(1);
  }
  await pool.dispose();
  expect(pool.getStats().discards.disposed).toBe(1);
});
