/** /proc/pid/maps, proc_pid_maps(5). */
import {
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
} from "../../../../abi/linux/mman.ts";
import type { Task } from "../../../kernel/task.ts";
import { forEachVma, vmaName } from "../../../mm/usage.ts";
import type { Vma } from "../../../mm/vma.ts";
import type { FileDescription } from "../../../vfs/file_description.ts";
import { hex, type Subject, type TaskEntry } from "../entry.ts";
import { namelessText } from "../nameless.ts";
import { isAlive } from "./state.ts";

/** Column before the name. */
const WIDTH = 72;

/** Where a file is for `t`, as links in /proc show it. */
export function fileName(t: Task, file: FileDescription): string {
  const text = file.linkText();
  if (text !== null) return text;
  const { path } = file;
  if (path === null) return "";
  return namelessText(path) ?? path.pathname(t.fs.root);
}

/** The line of a VMA without its end; `t` reads. */
export function vmaLine(of: Task, vma: Vma, t: Task): string {
  const { file, object } = vma;
  const dev = file?.inode.dev ?? (object === null ? 0 : 1);
  const ino = file?.inode.ino ?? object?.number ?? 0;
  const name = vmaName(of.mm, vma) ||
    (file === null ? "" : fileName(t, file).replaceAll("\n", "\\012"));
  return line(
    vma.start,
    vma.end,
    access(vma),
    vma.memory === null ? 0 : vma.offset,
    dev,
    ino,
    name,
  );
}

function access(vma: Vma): string {
  return ((vma.prot & PROT_READ) !== 0 ? "r" : "-") +
    ((vma.prot & PROT_WRITE) !== 0 ? "w" : "-") +
    ((vma.prot & PROT_EXEC) !== 0 ? "x" : "-") +
    (vma.isShared ? "s" : "p");
}

function line(
  start: number,
  end: number,
  rights: string,
  offset: number,
  dev: number,
  ino: number,
  name: string,
): string {
  const major = (dev >>> 8) & 0xfff;
  const minor = dev & 0xff;
  const text = `${hex(start, 8)}-${hex(end, 8)} ${rights} ${hex(offset, 8)} ` +
    `${hex(major, 2)}:${hex(minor, 2)} ${ino} `;
  return name === "" ? text : text.padEnd(WIDTH) + " " + name;
}

/** The line of the vDSO, which is no VMA; "" if there is none. */
export function vdsoLine(of: Task): string {
  const { vdsoStart, vdsoLength } = of.mm;
  if (vdsoStart === 0) return "";
  const end = vdsoStart + vdsoLength;
  return line(vdsoStart, end, "r-xp", 0, 0, 0, "[vdso]");
}

/** Calls `visit` for each VMA and `vdso` where the vDSO lies among them. */
export function eachMapping(
  of: Task,
  visit: (vma: Vma) => void,
  vdso: () => void,
): void {
  let before = of.mm.vdsoStart !== 0;
  forEachVma(of.mm, (vma) => {
    if (before && vma.start > of.mm.vdsoStart) {
      before = false;
      vdso();
    }
    visit(vma);
  });
  if (before) vdso();
}

function text({ task }: Subject, t: Task): string {
  if (!isAlive(task)) return "";
  const lines: string[] = [];
  eachMapping(
    task,
    (vma) => lines.push(vmaLine(task, vma, t) + "\n"),
    () => lines.push(vdsoLine(task) + "\n"),
  );
  return lines.join("");
}

export const maps: TaskEntry = {
  name: "maps",
  mode: 0o444,
  guarded: true,
  text,
};
