import { expect, it } from "vitest";
import { ServerAttributesCache } from "../src/event-attributes.ts";

it("the server attributes of a URL are its host and port", () => {
  const servers = new ServerAttributesCache();
  const of = (url: string | undefined) => Object.values(servers.of(url) ?? {});
  expect(of("wss://api.example.com/v1?***")).toEqual(["api.example.com", 443]);
  expect(of("ws://api.example.com")).toEqual(["api.example.com", 80]);
  expect(of("ws://[::1]:8080/")).toEqual(["::1", 8080]);
  expect(of("what")).toEqual([]);
  expect(of(undefined)).toEqual([]);
  expect(servers.of("ws://a.example")).toBe(servers.of("ws://a.example"));
});
