import { assertEquals } from "@std/assert";
import { getLogger, type LogRecord, setup } from "./mod.ts";

function recorder(levelName: "DEBUG" | "WARN") {
  const lines: string[] = [];
  const handle = (r: LogRecord) => {
    lines.push(`${r.levelName} ${r.loggerName} ${r.msg}`);
  };
  return { lines, levelName, handle };
}

Deno.test("log: a logger's level and its handler's both hold records back", () => {
  const all = recorder("DEBUG");
  const warnings = recorder("WARN");
  setup({
    handlers: { all, warnings },
    loggers: { default: { level: "INFO", handlers: ["all", "warnings"] } },
  });
  getLogger("mm").debug("one");
  getLogger("mm").info("two");
  getLogger().error("three");
  assertEquals(all.lines, ["INFO mm two", "ERROR default three"]);
  assertEquals(warnings.lines, ["ERROR default three"]);
});

Deno.test("log: a message made by a function is not made when the level is off", () => {
  const all = recorder("DEBUG");
  setup({ handlers: { all }, loggers: { default: { level: "INFO" } } });
  let made = 0;
  getLogger("mm").debug(() => `made ${++made}`);
  assertEquals(made, 0);
});

Deno.test("log: braces in a message are only text", () => {
  const all = recorder("DEBUG");
  setup({ handlers: { all }, loggers: { default: { level: "DEBUG" } } });
  getLogger("mm").debug("{msg} {x}");
  assertEquals(all.lines, ["DEBUG mm {msg} {x}"]);
});
