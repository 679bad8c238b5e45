import { assertEquals } from "@std/assert";
import { major, makedev, minor } from "./stat.ts";

Deno.test("makedev: small numbers use the old places", () => {
  assertEquals(makedev(1, 3), 0x103);
});

Deno.test("makedev: large minors go above the major and come back", () => {
  const dev = makedev(0xfff, 0xfffff);
  assertEquals([dev, major(dev), minor(dev)], [0xffffffff, 0xfff, 0xfffff]);
});
