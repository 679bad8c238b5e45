import { assertEquals } from "@std/assert";
import { SYS, SYSCALL_COUNT, syscallName } from "./syscall_numbers.ts";

Deno.test("syscallName: turns a number back into its name", () => {
  assertEquals(syscallName(SYS.read), "read");
  assertEquals(syscallName(SYSCALL_COUNT - 1), "listns");
});

Deno.test("syscallName: a hole in the table has a name of its own", () => {
  assertEquals(syscallName(400), "syscall_400");
  assertEquals(syscallName(SYSCALL_COUNT), `syscall_${SYSCALL_COUNT}`);
});
