import { expect, it } from "vitest";
import { BoundedMap, PerUrl, serverOf } from "../src/adapter.ts";

it("a map that is bounded forgets what was set longest ago", () => {
  const map = new BoundedMap<string, number>(2);
  map.set("a", 1);
  map.set("b", 2);
  map.set("a", 3);
  map.set("c", 4);
  expect([map.get("a"), map.get("b"), map.get("c"), map.size]).toEqual([3, undefined, 4, 2]);
  expect([map.take("a"), map.take("a"), map.size]).toEqual([3, undefined, 1]);
});

it("what is made of a URL is made once, also where it is undefined, and again after very many others", () => {
  const made: string[] = [];
  const perUrl = new PerUrl((url) => void made.push(url));
  for (const url of ["a", "b", "a", "a"]) perUrl.of(url);
  expect(made).toEqual(["a", "b"]);
  for (let n = 0; n < 1_000; n += 1) perUrl.of(`u${n}`);
  perUrl.of("a");
  expect(made.filter((url) => url === "a")).toHaveLength(2);
});

it("a server is the host and the port of a URL, the scheme's own where it has none", () => {
  expect(serverOf("wss://api.example.com/v1?***")).toEqual({ address: "api.example.com", port: 443 });
  expect(serverOf("ws://api.example.com/")).toEqual({ address: "api.example.com", port: 80 });
  expect(serverOf("ws://[::1]:8080/")).toEqual({ address: "::1", port: 8080 });
  expect(serverOf("nonsense")).toBeUndefined();
});
