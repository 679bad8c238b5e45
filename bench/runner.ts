/** Ways to run a guest program: on the host, in our sandbox, in runsc. */
import { SANDBOX } from "../tests/sandbox.ts";
import { ROOT } from "../tools/run.ts";
import { GUEST_ROOT } from "./root.ts";

export interface Runner {
  readonly name: string;
  /** Needs no sandbox: what ratios relate to. */
  readonly native: boolean;
  /** Call sites stay as they are: only system calls themselves differ. */
  readonly unpatched: boolean;
  /** The whole command line for a program in the guest's /bin. */
  command(program: string, args: readonly string[]): string[];
}

const native: Runner = {
  name: "native",
  native: true,
  unpatched: false,
  command: (program, args) => [`${GUEST_ROOT}/bin/${program}`, ...args],
};

function ours(name: string, flags: readonly string[]): Runner {
  return {
    name,
    native: false,
    unpatched: flags.includes("--no-patch"),
    command: (program, args) => [
      ...SANDBOX,
      ...["run", ...flags, GUEST_ROOT, "--", `/bin/${program}`, ...args],
    ],
  };
}

/** `RUNSC` names the executable, else PATH has it; null where there is none. */
function runsc(): Runner | null {
  const executable = Deno.env.get("RUNSC") ?? inPath("runsc");
  if (executable === null) return null;
  const state = `${ROOT}/build/bench/runsc`;
  Deno.mkdirSync(`${state}/bundle`, { recursive: true });
  const flags = [`--root=${state}/state`, "--network=none"];
  if (Deno.uid() !== 0) flags.push("--rootless");
  let runs = 0;
  return {
    name: "runsc",
    native: false,
    unpatched: false,
    command(program, args) {
      const config = bundleConfig([`/bin/${program}`, ...args]);
      const bundle = `${state}/bundle`;
      Deno.writeTextFileSync(`${bundle}/config.json`, JSON.stringify(config));
      const id = `bench-${Deno.pid}-${runs++}`;
      const run = ["--ignore-cgroups", "run", `--bundle=${bundle}`, id];
      return [executable, ...flags, ...run];
    },
  };
}

function bundleConfig(args: readonly string[]) {
  const namespaces = ["pid", "mount", "ipc", "uts", "network"];
  return {
    ociVersion: "1.0.0",
    process: {
      user: { uid: 0, gid: 0 },
      args,
      env: ["PATH=/bin"],
      cwd: "/",
      capabilities: {},
    },
    root: { path: GUEST_ROOT },
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/tmp", type: "tmpfs", source: "tmpfs" },
    ],
    linux: { namespaces: namespaces.map((type) => ({ type })) },
  };
}

function inPath(name: string): string | null {
  for (const directory of (Deno.env.get("PATH") ?? "").split(":")) {
    try {
      const path = `${directory}/${name}`;
      if (Deno.statSync(path).isFile) return path;
    } catch { /* not there */ }
  }
  return null;
}

/** All that can run here, native first. */
export function runners(): Runner[] {
  const all = [
    native,
    ours("systrap", ["--platform=systrap"]),
    ours("systrap --no-patch", ["--platform=systrap", "--no-patch"]),
  ];
  const peer = runsc();
  return peer === null ? all : [...all, peer];
}

/** Runs to the end; its standard output. Throws an Error unless it exits with 0. */
export async function output(argv: readonly string[]): Promise<string> {
  const [program, ...args] = argv;
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    stdin: "null",
  }).output();
  if (code !== 0) {
    const text = new TextDecoder().decode(stderr).trim();
    throw new Error(`${argv.join(" ")}: exit ${code}: ${text}`);
  }
  return new TextDecoder().decode(stdout);
}
