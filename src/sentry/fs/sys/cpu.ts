/** /sys/devices/system/cpu and node. What describes the hardware is read from the host. */
import {
  StaticDirectory,
  SyntheticLink,
  TextFile,
} from "../../vfs/synthetic.ts";
import type { FileSystem } from "../../vfs/file_system.ts";
import { cpuList, cpuMask, cpuNumbers } from "../proc/cpus.ts";
import { LazyDirectory } from "../proc/lazy_directory.ts";
import { hostText } from "../proc/host_text.ts";

const HOST = "/sys/devices/system/cpu";

/** Files of topology, with what they say when the host does not. */
function topologyDefaults(cpu: number): Readonly<Record<string, string>> {
  const one = String(cpu);
  const mask = (2 ** (cpu % 32)).toString(16) + ",00000000".repeat(cpu >> 5);
  return {
    cluster_cpus: cpuMask(),
    cluster_cpus_list: cpuList(),
    cluster_id: "65535",
    core_cpus: mask,
    core_cpus_list: one,
    core_id: one,
    core_siblings: cpuMask(),
    core_siblings_list: cpuList(),
    die_cpus: cpuMask(),
    die_cpus_list: cpuList(),
    die_id: "0",
    package_cpus: cpuMask(),
    package_cpus_list: cpuList(),
    physical_package_id: "0",
    thread_siblings: mask,
    thread_siblings_list: one,
  };
}

const CACHE_FILES = [
  "coherency_line_size",
  "id",
  "level",
  "number_of_sets",
  "physical_line_partition",
  "shared_cpu_list",
  "shared_cpu_map",
  "size",
  "type",
  "ways_of_associativity",
];

/** A file with the host's text, or `instead`. */
function hostFile(fs: FileSystem, path: string, instead: string): TextFile {
  return new TextFile(fs, 0o444, () => hostText(path, `${instead}\n`));
}

function text(fs: FileSystem, value: string): TextFile {
  return new TextFile(fs, 0o444, () => `${value}\n`);
}

/** Fills `system` (/sys/devices/system) with cpu and node. */
export function addCpus(fs: FileSystem, system: StaticDirectory): void {
  system.add("cpu", new LazyDirectory(fs, (dir) => fillCpus(fs, dir)));
  addNode(fs, system);
}

function fillCpus(fs: FileSystem, dir: StaticDirectory): void {
  for (const name of ["online", "possible", "present"]) {
    dir.add(name, new TextFile(fs, 0o444, () => `${cpuList()}\n`));
  }
  dir.add("offline", text(fs, ""));
  dir.add("isolated", text(fs, ""));
  dir.add("kernel_max", text(fs, "8191"));
  const smt = dir.add("smt", new StaticDirectory(fs));
  smt.add("active", hostFile(fs, `${HOST}/smt/active`, "0"));
  smt.add("control", text(fs, "notimplemented"));
  for (const cpu of cpuNumbers()) {
    const one = new LazyDirectory(fs, (dir) => fillCpu(fs, dir, cpu));
    dir.add(`cpu${cpu}`, one);
  }
}

function fillCpu(fs: FileSystem, dir: StaticDirectory, cpu: number): void {
  const host = `${HOST}/cpu${cpu}`;
  const topology = dir.add("topology", new StaticDirectory(fs));
  for (const [name, value] of Object.entries(topologyDefaults(cpu))) {
    topology.add(name, hostFile(fs, `${host}/topology/${name}`, value));
  }
  dir.add("online", text(fs, "1"));
  dir.add("node0", new SyntheticLink(fs, () => "../../node/node0"));
  const cache = new StaticDirectory(fs);
  for (let i = 0; hostText(`${host}/cache/index${i}/level`, "") !== ""; i++) {
    const index = cache.add(`index${i}`, new StaticDirectory(fs));
    for (const name of CACHE_FILES) {
      index.add(name, hostFile(fs, `${host}/cache/index${i}/${name}`, "0"));
    }
  }
  if (cache.entries.size > 0) dir.add("cache", cache);
}

/** One node with all memory. */
function addNode(fs: FileSystem, system: StaticDirectory): void {
  const dir = system.add("node", new StaticDirectory(fs));
  for (
    const name of ["online", "possible", "has_cpu", "has_memory"]
  ) dir.add(name, text(fs, "0"));
  const node = dir.add("node0", new StaticDirectory(fs));
  node.add("cpulist", new TextFile(fs, 0o444, () => `${cpuList()}\n`));
  node.add("cpumap", new TextFile(fs, 0o444, () => `${cpuMask()}\n`));
  node.add("distance", text(fs, "10"));
  node.add("meminfo", new TextFile(fs, 0o444, nodeMemory));
  for (const cpu of cpuNumbers()) {
    node.add(`cpu${cpu}`, new SyntheticLink(fs, () => `../../cpu/cpu${cpu}`));
  }
}

function nodeMemory(): string {
  const { total, free } = Deno.systemMemoryInfo();
  const line = (name: string, bytes: number) =>
    `Node 0 ${name}:`.padEnd(23) +
    String(Math.floor(bytes / 1024)).padStart(8) + " kB\n";
  return line("MemTotal", total) + line("MemFree", free) +
    line("MemUsed", total - free);
}
