import { assertEquals } from "@std/assert";
import { memoryFile } from "./memory_file.ts";

Deno.test("memoryFile: the bytes are read back by path", () => {
  const path = memoryFile(new Uint8Array([1, 2, 3]));
  assertEquals(Deno.readFileSync(path), new Uint8Array([1, 2, 3]));
});
