import { assertEquals, assertThrows } from "@std/assert";
import { Failure } from "./failure.ts";
import { parseMount } from "./mount_flag.ts";

Deno.test("mount: a bind has a source, resolved on the host", () => {
  assertEquals(parseMount("type=bind,src=/dev/../dev,dst=/x,ro"), {
    type: "bind",
    src: "/dev",
    dst: "/x",
    readonly: true,
  });
});

Deno.test("mount: a tmpfs has none", () => {
  assertEquals(parseMount("type=tmpfs,dst=/x"), {
    type: "tmpfs",
    dst: "/x",
    readonly: false,
  });
  assertThrows(() => parseMount("type=tmpfs,src=/,dst=/x"), Failure, "no src");
});

Deno.test("mount: a bind of nothing is refused", () => {
  assertThrows(() => parseMount("type=bind,dst=/x"), Failure, "needs src");
  assertThrows(
    () => parseMount("type=bind,src=/nonexistent,dst=/x"),
    Failure,
    "no such file",
  );
});

Deno.test("mount: a relative target is refused", () => {
  assertThrows(() => parseMount("type=tmpfs,dst=x"), Failure, "absolute");
});

Deno.test("mount: unknown types and fields are refused", () => {
  assertThrows(() => parseMount("type=nfs,dst=/x"), Failure, "type must be");
  assertThrows(() => parseMount("type=tmpfs,dst=/x,rw"), Failure, '"rw"');
});
