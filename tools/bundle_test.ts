import { assertEquals } from "@std/assert";
import { withoutVersion } from "./bundle.ts";

Deno.test("bundle: an npm specifier's package and file", () => {
  assertEquals(withoutVersion("npm:a-b@1.2.3/c/d.js"), "a-b/c/d.js");
  assertEquals(withoutVersion("npm:@scope/name@1.2.3"), "@scope/name");
});
