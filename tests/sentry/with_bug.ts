/** A sandbox whose uselib(2) has a bug: it throws. Arguments: the root, then the program's. */
import { openPlatform } from "../../src/platform/detect.ts";
import { boot } from "../../src/sentry/boot.ts";
import { full } from "../../src/sentry/syscalls/row.ts";
import { fillTable, table } from "../../src/sentry/syscalls/table.ts";

fillTable();
const USELIB = 134;
table[USELIB] = full(USELIB, "uselib", () => {
  throw new Error("a deliberate bug");
});

const say = (line: string) => console.error(line.split("\n")[0]);
const quiet = () => {};
const [root, ...args] = Deno.args;
const code = boot(
  {
    root,
    rootMode: "overlay",
    args,
    env: [],
    cwd: "/",
    uid: 0,
    gid: 0,
    hostname: "sandbox",
    mounts: [],
    strace: false,
    debugLog: null,
  },
  openPlatform("systrap", { patch: true }),
  {
    debugging: false,
    tracing: false,
    debug: quiet,
    trace: quiet,
    warn: quiet,
    error: say,
  },
);
Deno.exit(code);
