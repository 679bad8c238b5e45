/**
 * ELF headers of programs and interpreters, checked as fs/binfmt_elf.c does.
 * The file is the guest's: every number in it may be a lie. Here they are only
 * read; segments.ts checks what it maps.
 *
 * @module
 */
import {
  Elf64Ehdr,
  Elf64Phdr,
  ELFMAG,
  EM_X86_64,
  ET_DYN,
  ET_EXEC,
  PF_X,
  PT_GNU_STACK,
  PT_INTERP,
  PT_LOAD,
} from "../../abi/linux/elf.ts";
import { ENOEXEC } from "../../abi/linux/errno.ts";
import { PATH_MAX } from "../../abi/linux/limits.ts";
import { PAGE_SIZE } from "../../abi/linux/mman.ts";
import { decodeBinary } from "../strings.ts";
import { type ProgramFile, readExactly } from "./program_file.ts";

/** A program header of type PT_LOAD. Rounded beyond 2^53, which no check lets pass. */
export interface Segment {
  /** PF_R, PF_W, PF_X. */
  readonly flags: number;
  readonly offset: number;
  readonly vaddr: number;
  readonly filesz: number;
  readonly memsz: number;
  readonly align: number;
}

/** An ELF file's headers. */
export interface ElfImage {
  /** ET_DYN: may lie anywhere. */
  readonly movable: boolean;
  readonly entry: number;
  readonly phoff: number;
  readonly phnum: number;
  readonly segments: readonly Segment[];
  /** PT_INTERP's path, or null. */
  readonly interpreter: string | null;
  /** Whether PT_GNU_STACK asks for an executable stack. */
  readonly executableStack: boolean;
}

/** Bytes that all program headers of a file may take. */
const MAX_PHDRS = 65536;

const ehdr = Elf64Ehdr.alloc();

/** Whether a file that begins with `head` is an ELF file at all. */
export function isElf(head: Uint8Array): boolean {
  return new DataView(head.buffer, head.byteOffset).getUint32(0, true) ===
    ELFMAG;
}

/**
 * The headers of `file`. -ENOEXEC: no x86-64 ELF program, or cut short;
 * -EIO: the interpreter's path lies outside of the file.
 */
export function readElf(file: ProgramFile): ElfImage | number {
  if (readExactly(file, 0, ehdr.bytes) < 0 || !isElf(ehdr.bytes)) {
    return -ENOEXEC;
  }
  const { e_type, e_machine, e_phnum, e_phentsize, e_phoff } = ehdr;
  if (e_type !== ET_EXEC && e_type !== ET_DYN) return -ENOEXEC;
  if (e_machine !== EM_X86_64) return -ENOEXEC;
  const length = e_phnum * Elf64Phdr.size;
  if (e_phentsize !== Elf64Phdr.size) return -ENOEXEC;
  if (length === 0 || length > MAX_PHDRS) return -ENOEXEC;
  const phdrs = new Uint8Array(length);
  if (readExactly(file, e_phoff, phdrs) < 0) return -ENOEXEC;

  const segments: Segment[] = [];
  let interpreter: string | null = null;
  let executableStack = false;
  const phdr = Elf64Phdr.at(phdrs);
  for (let i = 0; i < e_phnum; i++) {
    phdr.at(phdrs, i * Elf64Phdr.size);
    if (phdr.p_type === PT_LOAD) segments.push(segment(phdr));
    else if (phdr.p_type === PT_INTERP && interpreter === null) {
      const path = readPath(file, phdr.p_offset, phdr.p_filesz);
      if (typeof path === "number") return path;
      interpreter = path;
    } else if (phdr.p_type === PT_GNU_STACK) {
      executableStack = (phdr.p_flags & PF_X) !== 0;
    }
  }
  return {
    movable: e_type === ET_DYN,
    entry: ehdr.e_entry,
    phoff: e_phoff,
    phnum: e_phnum,
    segments,
    interpreter,
    executableStack,
  };
}

function segment(phdr: ReturnType<typeof Elf64Phdr.alloc>): Segment {
  return {
    flags: phdr.p_flags,
    offset: phdr.p_offset,
    vaddr: phdr.p_vaddr,
    filesz: phdr.p_filesz,
    memsz: phdr.p_memsz,
    align: phdr.p_align,
  };
}

/** The string of PT_INTERP: ends with its only counted 0. */
function readPath(
  file: ProgramFile,
  offset: number,
  length: number,
): string | number {
  if (length > PATH_MAX || length < 2) return -ENOEXEC;
  const bytes = new Uint8Array(length);
  const r = readExactly(file, offset, bytes);
  if (r < 0) return r;
  if (bytes[length - 1] !== 0) return -ENOEXEC;
  return decodeBinary(bytes, 0, bytes.indexOf(0));
}

/** Bytes from the first page of all segments to the end of the last; 0 if there are none. */
export function mappingSize(image: ElfImage): number {
  let low = Infinity;
  let high = 0;
  for (const { vaddr, memsz } of image.segments) {
    low = Math.min(low, vaddr - vaddr % PAGE_SIZE);
    high = Math.max(high, vaddr + memsz);
  }
  return image.segments.length === 0 ? 0 : high - low;
}

/** The greatest alignment of a segment that is a power of two, or 0. */
export function maximumAlignment(image: ElfImage): number {
  let alignment = 0;
  for (const { align } of image.segments) {
    if (Number.isInteger(Math.log2(align))) {
      alignment = Math.max(alignment, align);
    }
  }
  return Math.max(alignment, PAGE_SIZE);
}
