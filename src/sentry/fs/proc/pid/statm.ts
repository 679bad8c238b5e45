/** /proc/pid/statm: sizes in pages. */
import { Kinds, totalUsage, Usage, vmaKinds } from "../../../mm/usage.ts";
import type { TaskEntry } from "../entry.ts";
import { isAlive } from "./state.ts";

const PAGE = 4096;
const memory = new Usage();
const kinds = new Kinds();

export const statm: TaskEntry = {
  name: "statm",
  mode: 0o444,
  text({ task }) {
    if (!isAlive(task)) return "0 0 0 0 0 0 0\n";
    const { mm } = task;
    totalUsage(mm, memory);
    vmaKinds(mm, kinds);
    const pages = [
      mm.vmBytes,
      memory.rss,
      memory.file + memory.shmem,
      kinds.code,
      0,
      mm.dataBytes + kinds.stack,
      0,
    ];
    return pages.map((n) => Math.floor(n / PAGE)).join(" ") + "\n";
  },
};
