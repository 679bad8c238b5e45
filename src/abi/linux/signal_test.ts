import { assertEquals } from "@std/assert";
import { SIGCHLD, SIGHUP, signalName, SIGRTMAX, SIGSYS } from "./signal.ts";

Deno.test("signalName: names follow the numbers", () => {
  assertEquals(
    [SIGHUP, SIGCHLD, SIGSYS].map(signalName),
    ["SIGHUP", "SIGCHLD", "SIGSYS"],
  );
});

Deno.test("signalName: real-time signals count from SIGRTMIN", () => {
  assertEquals(signalName(SIGRTMAX), "SIGRT_32");
});
