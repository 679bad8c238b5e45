/**
 * Who opens device nodes and fifos. Drivers register by device number, so
 * that a node made by mknod(2), or one that a host root holds, leads to our
 * device and never to the host's.
 */
import type { Task } from "../kernel/task.ts";
import type { FileDescription } from "./file_description.ts";
import type { Inode } from "./inode.ts";
import type { VfsPath } from "./path.ts";

/** Opens a special file. A description, -errno, or a park result of the task. */
export interface SpecialOpener {
  open(
    t: Task,
    inode: Inode,
    path: VfsPath,
    flags: number,
  ): FileDescription | number;
}

const charDevices: Map<number, SpecialOpener> = new Map();
const charMajors: Map<number, SpecialOpener> = new Map();
const blockDevices: Map<number, SpecialOpener> = new Map();
let fifos: SpecialOpener | null = null;

/** @param dev as makedev() gives it */
export function registerCharDevice(dev: number, opener: SpecialOpener): void {
  charDevices.set(dev, opener);
}

/** All character devices with this major number, unless registered one by one. */
export function registerCharMajor(major: number, opener: SpecialOpener): void {
  charMajors.set(major, opener);
}

export function registerBlockDevice(dev: number, opener: SpecialOpener): void {
  blockDevices.set(dev, opener);
}

export function registerFifos(opener: SpecialOpener): void {
  fifos = opener;
}

/** The driver of a character device, or null (ENXIO). */
export function charDevice(dev: number): SpecialOpener | null {
  return charDevices.get(dev) ?? charMajors.get((dev >>> 8) & 0xfff) ?? null;
}

/** The driver of a block device, or null (ENXIO). */
export function blockDevice(dev: number): SpecialOpener | null {
  return blockDevices.get(dev) ?? null;
}

/** Who opens fifos, or null. */
export function fifoOpener(): SpecialOpener | null {
  return fifos;
}
