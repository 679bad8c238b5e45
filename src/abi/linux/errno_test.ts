import { assertEquals } from "@std/assert";
import { EAGAIN, ERESTARTSYS, errnoName } from "./errno.ts";

Deno.test("errnoName: returned and positive errors have the same name", () => {
  assertEquals(errnoName(EAGAIN), "EAGAIN");
  assertEquals(errnoName(-EAGAIN), "EAGAIN");
  assertEquals(errnoName(-ERESTARTSYS), "ERESTARTSYS");
});

Deno.test("errnoName: an unknown number is shown as it is", () => {
  assertEquals(errnoName(-4000), "-4000");
});
