import { expect, test } from "vitest";
import { utf8Length } from "../src/utf8-length.ts";

test("the length in UTF-8 is that of the encoded text", () => {
  const borders = [0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff];
  for (const text of ["", "plain", "grüße", "世界", "🎈a🎈", String.fromCodePoint(...borders)]) {
    expect(utf8Length(text)).toBe(new TextEncoder().encode(text).byteLength);
  }
});
