import { assertEquals } from "@std/assert";
import { BaseHandler, getLogger, type LevelName, setup } from "./mod.ts";

class Recorder extends BaseHandler {
  lines: string[] = [];

  constructor(levelName: LevelName) {
    super(levelName, {
      formatter: (r) => `${r.levelName} ${r.loggerName} ${r.msg}`,
    });
  }

  override log(msg: string): void {
    this.lines.push(msg);
  }
}

Deno.test("log: a logger's level and its handler's both hold records back", () => {
  const all = new Recorder("DEBUG");
  const warnings = new Recorder("WARN");
  setup({
    handlers: { all, warnings },
    loggers: { mm: { level: "INFO", handlers: ["all", "warnings"] } },
  });
  getLogger("mm").debug("one");
  getLogger("mm").info("two");
  getLogger("mm").error("three");
  assertEquals(all.lines, ["INFO mm two", "ERROR mm three"]);
  assertEquals(warnings.lines, ["ERROR mm three"]);
});

Deno.test("log: a logger that was not set up is silent", () => {
  const all = new Recorder("DEBUG");
  setup({
    handlers: { all },
    loggers: { default: { level: "DEBUG", handlers: ["all"] } },
  });
  getLogger("mm").error("one");
  getLogger().error("two");
  assertEquals(all.lines, ["ERROR default two"]);
});

Deno.test("log: braces in a message are only text", () => {
  const all = new Recorder("DEBUG");
  setup({
    handlers: { all },
    loggers: { default: { level: "DEBUG", handlers: ["all"] } },
  });
  getLogger().debug("{msg} {x}");
  assertEquals(all.lines, ["DEBUG default {msg} {x}"]);
});
