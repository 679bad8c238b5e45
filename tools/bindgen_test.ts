import { assertEquals } from "@std/assert";
import { inOrder } from "./bindgen.ts";

function generated(...names: string[]): string {
  const symbols = names.map((n) =>
    `    ${n}: {\n      parameters: [\n        'u32',\n      ],\n    },\n`
  );
  const functions = names.map((n) =>
    `export function ${n}(\n  arg0: number,\n): number {\n  return 1\n}\n\n`
  );
  return `dlopen(path, {\n${symbols.join("")}  });\n\n${functions.join("")}`;
}

Deno.test("bindgen: the order of functions is the alphabet's", () => {
  assertEquals(inOrder(generated("b", "a", "c")), generated("a", "b", "c"));
});
