import { assertEquals, assertMatch } from "@std/assert";
import { runProgram } from "../sandbox.ts";

Deno.test("a bug in a handler ends its thread group, logged, and nothing else", async () => {
  const root = await Deno.makeTempDir({ prefix: "bug" });
  try {
    const source = new URL("./bug.c", import.meta.url).pathname;
    const cc = await runProgram(
      ["cc", "-static", "-pthread", "-o", `${root}/bug`, source],
    );
    assertEquals(cc, { code: 0, stdout: "", stderr: "" });
    const main = new URL("./with_bug.ts", import.meta.url).pathname;
    const { code, stdout, stderr } = await runProgram(
      [Deno.execPath(), "run", "-A", main, root, "/bug"],
    );
    assertEquals(
      { code, stdout },
      { code: 0, stdout: "killed by 9\nthe next one exits with 5\n" },
    );
    assertMatch(
      stderr,
      /^bug while serving bug\[\d+\]: Error: a deliberate bug\n$/,
    );
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
