/**
 * Mapping the PT_LOAD segments of a program or interpreter, in the order and
 * with the errors of fs/binfmt_elf.c.
 *
 * @module
 */
import { PF_R, PF_W, PF_X } from "../../abi/linux/elf.ts";
import { EEXIST, EFAULT, EINVAL, ENOMEM } from "../../abi/linux/errno.ts";
import {
  PAGE_SIZE,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
} from "../../abi/linux/mman.ts";
import { findGap, isFree, mapFixed } from "../mm/layout.ts";
import type { MemoryManager } from "../mm/memory_manager.ts";
import type { FileDescription } from "../vfs/file_description.ts";
import {
  type ElfImage,
  mappingSize,
  maximumAlignment,
  type Segment,
} from "./elf.ts";

/** Where an image went. Addresses as the guest sees them. */
export interface LoadedImage {
  /** Added to the addresses in the file. */
  bias: number;
  entry: number;
  /** Of the program headers; 0 if no segment holds them. */
  phdr: number;
  /** Behind the last byte of the last segment. */
  end: number;
  startCode: number;
  endCode: number;
  startData: number;
  endData: number;
}

/** Bytes that all zeroing of partial pages takes from. */
const zeroes = new Uint8Array(PAGE_SIZE);

/**
 * Maps all segments of `image`.
 * @param base where a movable image is to begin; 0: in the mmap area
 * @param replace whether it may lie over what is mapped (interpreters)
 * @returns -EINVAL, -ENOMEM, -EFAULT, -EEXIST or what mmap(2) says
 */
export function mapImage(
  mm: MemoryManager,
  file: FileDescription,
  image: ElfImage,
  base: number,
  replace: boolean,
): LoadedImage | number {
  const total = mappingSize(image);
  if (!(total > 0 && total <= mm.taskSize)) return -EINVAL;
  const bias = image.movable ? place(mm, image, base, total) : 0;
  if (bias < 0 && bias > -PAGE_SIZE) return bias;
  const loaded: LoadedImage = {
    bias,
    entry: image.entry + bias,
    phdr: 0,
    end: 0,
    startCode: Infinity,
    endCode: 0,
    startData: 0,
    endData: 0,
  };
  for (let i = 0; i < image.segments.length; i++) {
    const s = image.segments[i];
    if (!isSane(s, bias, mm.taskSize)) return -EINVAL;
    const r = mapSegment(mm, file, s, bias, i === 0 && !replace);
    if (r < 0) return r;
    note(loaded, s, image);
  }
  if (loaded.startCode === Infinity) loaded.startCode = 0;
  if (!(loaded.entry >= 0 && loaded.entry < mm.taskSize)) return -EINVAL;
  return loaded;
}

/** The bias that puts a movable image where it belongs; or -errno. */
function place(
  mm: MemoryManager,
  image: ElfImage,
  base: number,
  total: number,
): number {
  const first = image.segments[0].vaddr;
  const low = first - first % PAGE_SIZE;
  const align = maximumAlignment(image);
  if (base !== 0) return base - base % align - low;
  const length = roundUp(total, PAGE_SIZE);
  const at = findGap(mm, length + (align - PAGE_SIZE));
  if (at >= 0) return roundUp(at, align) - low;
  // As in Linux, an alignment that can't be had does not matter.
  const anywhere = findGap(mm, length);
  return anywhere < 0 ? anywhere : anywhere - low;
}

/** Whether the whole segment lies among the guest's addresses. */
function isSane(s: Segment, bias: number, taskSize: number): boolean {
  const at = s.vaddr + bias;
  return s.filesz <= s.memsz && s.memsz <= taskSize && at >= 0 &&
    at <= taskSize - s.memsz && s.offset + s.filesz < Number.MAX_SAFE_INTEGER;
}

/**
 * Maps one segment: file pages, then zero pages. 0 or -errno.
 * @param careful whether it must not replace anything: MAP_FIXED_NOREPLACE
 */
function mapSegment(
  mm: MemoryManager,
  file: FileDescription,
  s: Segment,
  bias: number,
  careful: boolean,
): number {
  const prot = protection(s.flags);
  const inPage = s.vaddr % PAGE_SIZE;
  const start = s.vaddr + bias - inPage;
  const fileEnd = s.vaddr + bias + s.filesz;
  const end = roundUp(s.vaddr + bias + s.memsz, PAGE_SIZE);
  if (end === start) return 0;
  if (careful && !isFree(mm, start, end)) return -EEXIST;
  let zeroFrom = start;
  if (s.filesz > 0) {
    const length = roundUp(s.filesz + inPage, PAGE_SIZE);
    const offset = s.offset - inPage;
    if (offset < 0 || offset % PAGE_SIZE !== 0) return -EINVAL;
    const r = mapFixed(mm, start, length, prot, file, offset);
    if (r < 0) return r;
    zeroFrom = start + length;
    if (s.memsz > s.filesz && !zeroTail(mm, fileEnd, zeroFrom, prot)) {
      return -EFAULT;
    }
  }
  if (end <= zeroFrom) return 0;
  const rights = PROT_READ | PROT_WRITE | (prot & PROT_EXEC);
  const r = mapFixed(mm, zeroFrom, end - zeroFrom, rights, null, 0);
  return r < 0 ? -ENOMEM : 0;
}

/** Zeroes the rest of the last file page. What can't be written may stay. */
function zeroTail(
  mm: MemoryManager,
  from: number,
  to: number,
  prot: number,
): boolean {
  return (prot & PROT_WRITE) === 0 || mm.copyOut(from, zeroes, 0, to - from);
}

/** Widens the bounds that /proc and brk(2) use. */
function note(loaded: LoadedImage, s: Segment, image: ElfImage): void {
  const start = s.vaddr + loaded.bias;
  const fileEnd = start + s.filesz;
  if (s.offset <= image.phoff && image.phoff < s.offset + s.filesz) {
    loaded.phdr = image.phoff - s.offset + start;
  }
  if ((s.flags & PF_X) !== 0) {
    loaded.startCode = Math.min(loaded.startCode, start);
    loaded.endCode = Math.max(loaded.endCode, fileEnd);
  }
  loaded.startData = Math.max(loaded.startData, start);
  loaded.endData = Math.max(loaded.endData, fileEnd);
  loaded.end = Math.max(loaded.end, start + s.memsz);
}

function protection(flags: number): number {
  return ((flags & PF_R) !== 0 ? PROT_READ : 0) |
    ((flags & PF_W) !== 0 ? PROT_WRITE : 0) |
    ((flags & PF_X) !== 0 ? PROT_EXEC : 0);
}

function roundUp(n: number, to: number): number {
  return Math.ceil(n / to) * to;
}
