/** Extended attributes of a file below, until an overlay inode has its own copy of them. */
import type { Inode } from "../../vfs/inode.ts";

/** Hands each attribute of `lower` to `take`; what can't be read is left out. */
export function readXattrs(
  lower: Inode,
  take: (name: string, value: Uint8Array) => void,
): void {
  const names = lower.listXattr();
  if (typeof names === "number") return;
  for (const name of names) {
    const value = lower.getXattr(name);
    if (typeof value !== "number") take(name, value);
  }
}
