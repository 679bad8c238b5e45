import { assertEquals } from "@std/assert";
import {
  Elf64Ehdr,
  Elf64Phdr,
  ELFMAG,
  EM_386,
  EM_X86_64,
  ET_DYN,
  ET_EXEC,
  ET_REL,
  PF_R,
  PF_X,
  PT_GNU_STACK,
  PT_INTERP,
  PT_LOAD,
} from "../../abi/linux/elf.ts";
import { EIO, ENOEXEC } from "../../abi/linux/errno.ts";
import { encodeBinaryInto } from "../strings.ts";
import {
  type ElfImage,
  mappingSize,
  maximumAlignment,
  readElf,
} from "./elf.ts";
import type { ProgramFile } from "./program_file.ts";

interface Made {
  ehdr: ReturnType<typeof Elf64Ehdr.alloc>;
  phdrs: ReturnType<typeof Elf64Phdr.alloc>[];
  bytes: Uint8Array;
}

/** A file with `n` empty program headers, which a test fills. */
function make(n: number, size = 0x1000): Made {
  const bytes = new Uint8Array(size);
  const ehdr = Elf64Ehdr.at(bytes);
  new DataView(bytes.buffer).setUint32(0, ELFMAG, true);
  ehdr.e_type = ET_EXEC;
  ehdr.e_machine = EM_X86_64;
  ehdr.e_phoff = Elf64Ehdr.size;
  ehdr.e_phentsize = Elf64Phdr.size;
  ehdr.e_phnum = n;
  const phdrs = [];
  for (let i = 0; i < n; i++) {
    phdrs.push(Elf64Phdr.at(bytes, Elf64Ehdr.size + i * Elf64Phdr.size));
  }
  return { ehdr, phdrs, bytes };
}

function file(bytes: Uint8Array): ProgramFile {
  return {
    size: bytes.length,
    read(offset, to, at, length) {
      to.set(bytes.subarray(offset, offset + length), at);
      return 0;
    },
  };
}

function read(made: Made): ElfImage | number {
  return readElf(file(made.bytes));
}

Deno.test("elf: segments and stack flags are found", () => {
  const made = make(2);
  Object.assign(made.phdrs[0], {
    p_type: PT_LOAD,
    p_flags: PF_R | PF_X,
    p_vaddr: 0x400000,
    p_filesz: 0x1000,
    p_memsz: 0x2000,
    p_align: 0x200000,
  });
  made.phdrs[1].p_type = PT_GNU_STACK;
  made.phdrs[1].p_flags = PF_X;
  const image = read(made) as ElfImage;
  assertEquals(image.movable, false);
  assertEquals(image.segments.length, 1);
  assertEquals(image.executableStack, true);
  assertEquals(mappingSize(image), 0x2000);
  assertEquals(maximumAlignment(image), 0x200000);
});

Deno.test("elf: other machines, types and header sizes are no programs", () => {
  const machine = make(1);
  machine.ehdr.e_machine = EM_386;
  assertEquals(read(machine), -ENOEXEC);
  const type = make(1);
  type.ehdr.e_type = ET_REL;
  assertEquals(read(type), -ENOEXEC);
  const entsize = make(1);
  entsize.ehdr.e_phentsize = 32;
  assertEquals(read(entsize), -ENOEXEC);
});

Deno.test("elf: no or too many program headers are refused", () => {
  assertEquals(read(make(0)), -ENOEXEC);
  const many = make(1);
  many.ehdr.e_phnum = 0xffff;
  assertEquals(read(many), -ENOEXEC);
});

Deno.test("elf: program headers outside of the file are refused", () => {
  const made = make(1);
  made.ehdr.e_phoff = 2 ** 60;
  assertEquals(read(made), -ENOEXEC);
  made.ehdr.e_phoff = 0x1000 - 8;
  assertEquals(read(made), -ENOEXEC);
});

Deno.test("elf: a file cut short is no program", () => {
  assertEquals(readElf(file(make(1).bytes.subarray(0, 40))), -ENOEXEC);
  assertEquals(readElf(file(new Uint8Array(0))), -ENOEXEC);
});

Deno.test("elf: the interpreter is a string that ends with 0", () => {
  const made = make(1);
  made.ehdr.e_type = ET_DYN;
  const [phdr] = made.phdrs;
  phdr.p_type = PT_INTERP;
  phdr.p_offset = 0x800;
  phdr.p_filesz = 8;
  encodeBinaryInto("/ld.so\0\0", made.bytes, 0x800);
  assertEquals((read(made) as ElfImage).interpreter, "/ld.so");
  made.bytes[0x807] = 0x41;
  assertEquals(read(made), -ENOEXEC);
});

Deno.test("elf: an interpreter's path has bounds", () => {
  const made = make(1);
  const [phdr] = made.phdrs;
  phdr.p_type = PT_INTERP;
  phdr.p_filesz = 5000;
  assertEquals(read(made), -ENOEXEC);
  phdr.p_filesz = 1;
  assertEquals(read(made), -ENOEXEC);
  phdr.p_filesz = 8;
  phdr.p_offset = 0xfff;
  assertEquals(read(made), -EIO);
});

Deno.test("elf: alignments that are no power of two count as a page", () => {
  const made = make(1);
  made.phdrs[0].p_type = PT_LOAD;
  made.phdrs[0].p_align = 0x3000;
  assertEquals(maximumAlignment(read(made) as ElfImage), 4096);
});
