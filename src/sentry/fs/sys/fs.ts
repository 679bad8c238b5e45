/** sysfs(5): processors, memory policy, network interfaces; no other devices. */
import { SYSFS_MAGIC } from "../../../abi/linux/stat.ts";
import { Dentry } from "../../vfs/dentry.ts";
import { FileSystem } from "../../vfs/file_system.ts";
import { StaticDirectory, TextFile } from "../../vfs/synthetic.ts";
import { LazyDirectory } from "../proc/lazy_directory.ts";
import { addCpus } from "./cpu.ts";
import { addInterfaces } from "./net.ts";

/** Directories that are there and empty. */
const EMPTY = [
  "block",
  "bus",
  "dev/block",
  "dev/char",
  "firmware",
  "fs/cgroup",
  "kernel/debug",
  "kernel/security",
  "kernel/tracing",
  "module",
  "power",
];

/** Files with one line. Huge pages: the choice is the host's, so none is made here. */
const LINES: Readonly<Record<string, string>> = {
  "kernel/mm/transparent_hugepage/enabled": "always [madvise] never",
  "kernel/mm/transparent_hugepage/defrag":
    "always defer defer+madvise [madvise] never",
  "kernel/mm/transparent_hugepage/shmem_enabled":
    "always within_size advise [never] deny force",
  "kernel/mm/transparent_hugepage/use_zero_page": "1",
  "kernel/mm/transparent_hugepage/hpage_pmd_size": "2097152",
  "kernel/mm/hugepages/hugepages-2048kB/nr_hugepages": "0",
  "kernel/mm/hugepages/hugepages-2048kB/free_hugepages": "0",
  "kernel/mm/hugepages/hugepages-2048kB/resv_hugepages": "0",
  "kernel/mm/hugepages/hugepages-2048kB/surplus_hugepages": "0",
};

/** A sysfs; what is in it is made when somebody looks. */
export class SysFs extends FileSystem {
  readonly root: Dentry;

  constructor() {
    super("sysfs", SYSFS_MAGIC);
    this.source = "sysfs";
    const dir = new LazyDirectory(this, fill, 0o555, 1);
    this.root = new Dentry(null, "", dir);
  }
}

function fill(top: StaticDirectory): void {
  const { fs } = top;
  for (const path of EMPTY) directory(top, path);
  for (const [path, line] of Object.entries(LINES)) {
    const slash = path.lastIndexOf("/");
    directory(top, path.slice(0, slash)).add(
      path.slice(slash + 1),
      new TextFile(fs, 0o444, () => `${line}\n`),
    );
  }
  addCpus(fs, directory(top, "devices/system"));
  addInterfaces(fs, directory(top, "class/net"), directory(top, "devices"));
}

/** The directory at `path`, made with those above it. */
function directory(top: StaticDirectory, path: string): StaticDirectory {
  let dir = top;
  for (const name of path.split("/")) {
    const known = dir.entries.get(name);
    dir = known instanceof StaticDirectory
      ? known
      : dir.add(name, new StaticDirectory(top.fs));
  }
  return dir;
}
