/** The single executable in surroundings that break a plain deno. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { ROOT } from "../../tools/run.ts";
import { runProgram, SANDBOX } from "../sandbox.ts";

const single = SANDBOX.length === 1;
const VERSION = /^sandbox \d+\.\d+\.\d+\n$/;

/** Runs a shell script with the executable's path as $1. */
function shell(script: string, env: Record<string, string> = {}) {
  return runProgram(["bash", "-c", script, "bash", `${ROOT}/sandbox`], { env });
}

/** The script must print the version and nothing else. */
function starts(name: string, script: string): void {
  Deno.test({
    name: `executable: starts ${name}`,
    ignore: !single,
    async fn() {
      const { code, stdout, stderr } = await shell(script);
      assertEquals(stderr, "");
      assertMatch(stdout, VERSION);
      assertEquals(code, 0);
    },
  });
}

starts("with an empty environment", `env -i "$1" --version`);
starts("with an empty HOME", `HOME= "$1" --version`);
starts("with a HOME that is not there", `HOME=/nonexistent "$1" --version`);
starts("without stdin", `"$1" --version <&-`);
starts("without stdin and stderr", `"$1" --version <&- 2>&-`);
starts("with few descriptors", `ulimit -n 40; "$1" --version`);
starts("by a name that deno acts on", `exec -a node "$1" --version`);
starts(
  "through a link called denox",
  `d=$(mktemp -d); ln -s "$1" $d/denox; $d/denox --version; rm -r $d`,
);
starts(
  "in a directory that was removed",
  `d=$(mktemp -d); cd $d; rmdir $d; "$1" --version`,
);
starts(
  "beside broken deno.json, package.json and .npmrc",
  `d=$(mktemp -d); cd $d; echo '{' | tee deno.json package.json .npmrc >/dev/null
   HOME=$d "$1" --version; rm -r $d`,
);
starts(
  "with variables that deno acts on",
  `DENO_DIR=/dev/null DENO_V8_FLAGS=--nonsense NODE_OPTIONS=--nonsense \\
   RUST_LOG=trace COMPLETE=bash "$1" --version`,
);
starts(
  "as an ordinary user",
  `d=$(mktemp -d); chmod 755 $d; cp "$1" $d/s
   if [ $UID = 0 ]; then as="setpriv --reuid 65534 --regid 65534 --clear-groups"
   fi
   $as $d/s --version; rm -r $d`,
);
starts(
  "from a file that is gone by then",
  `d=$(mktemp -d); cp "$1" $d/s; exec 9<$d/s; rm -r $d; /proc/self/fd/9 --version`,
);

Deno.test({
  name: "executable: leaves no file behind",
  ignore: !single,
  async fn() {
    const place = Deno.makeTempDirSync();
    const env = { HOME: place, TMPDIR: place, XDG_CACHE_HOME: place };
    const script = `cd ${place}; "$1" --version; "$1" run /nonexistent`;
    const { code, stdout } = await shell(script, env);
    assertMatch(stdout, VERSION);
    assertEquals(code, 125);
    assertEquals([...Deno.readDirSync(place)], []);
    Deno.removeSync(place);
  },
});

Deno.test({
  name: "executable: its own process list entry is the user's",
  ignore: !single,
  async fn() {
    const { stdout } = await shell(
      `mkfifo_dir=$(mktemp -d); mkfifo $mkfifo_dir/p
       "$1" --help > $mkfifo_dir/p & exec 8<$mkfifo_dir/p
       tr '\\0' ' ' < /proc/$!/cmdline; cat <&8 >/dev/null; rm -r $mkfifo_dir`,
    );
    assert(!stdout.includes("--no-config"), stdout);
  },
});
