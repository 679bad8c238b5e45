/** /proc/cpuinfo: the host's, of the CPUs that guests see. */
import type { ProcEntry } from "./entry.ts";
import { cpuNumbers } from "./cpus.ts";
import { hostText } from "./host_text.ts";

let known: string | null = null;

function text(): string {
  const all = hostText("/proc/cpuinfo", "").split("\n\n");
  const usable = cpuNumbers();
  const blocks = all.filter((block) => {
    const processor = /^processor\s*:\s*(\d+)/.exec(block);
    return processor !== null && usable.includes(Number(processor[1]));
  });
  return blocks.map((block) => block.trimEnd() + "\n\n").join("");
}

export const cpuinfo: ProcEntry = {
  path: "cpuinfo",
  mode: 0o444,
  text: () => known ??= text(),
};
