/**
 * ELF files: elf.h (linux/elf.h).
 *
 * @module
 */

import { struct } from "../struct.ts";

// e_ident: indices, and what is found there.
export const EI_CLASS = 4;
export const EI_DATA = 5;
export const EI_VERSION = 6;
export const EI_OSABI = 7;
export const EI_NIDENT = 16;
export const ELFCLASS32 = 1;
export const ELFCLASS64 = 2;
export const ELFDATA2LSB = 1;
export const EV_CURRENT = 1;
export const ELFOSABI_NONE = 0;
export const ELFOSABI_LINUX = 3;
/** "\x7fELF" as a little-endian u32. */
export const ELFMAG = 0x464c457f;

// e_type.
export const ET_NONE = 0;
export const ET_REL = 1;
export const ET_EXEC = 2;
export const ET_DYN = 3;
export const ET_CORE = 4;
// e_machine.
export const EM_386 = 3;
export const EM_X86_64 = 62;
export const EM_AARCH64 = 183;
// e_phnum that says: see sh_info of section 0.
export const PN_XNUM = 0xffff;

// p_type.
export const PT_NULL = 0;
export const PT_LOAD = 1;
export const PT_DYNAMIC = 2;
export const PT_INTERP = 3;
export const PT_NOTE = 4;
export const PT_SHLIB = 5;
export const PT_PHDR = 6;
export const PT_TLS = 7;
export const PT_GNU_EH_FRAME = 0x6474e550;
export const PT_GNU_STACK = 0x6474e551;
export const PT_GNU_RELRO = 0x6474e552;
export const PT_GNU_PROPERTY = 0x6474e553;
// p_flags.
export const PF_X = 0x1;
export const PF_W = 0x2;
export const PF_R = 0x4;
// sh_type.
export const SHT_NULL = 0;
export const SHT_PROGBITS = 1;
export const SHT_SYMTAB = 2;
export const SHT_STRTAB = 3;
export const SHT_RELA = 4;
export const SHT_HASH = 5;
export const SHT_DYNAMIC = 6;
export const SHT_NOTE = 7;
export const SHT_NOBITS = 8;
export const SHT_REL = 9;
export const SHT_DYNSYM = 11;
export const SHF_WRITE = 0x1;
export const SHF_ALLOC = 0x2;
export const SHF_EXECINSTR = 0x4;
// d_tag.
export const DT_NULL = 0;
export const DT_NEEDED = 1;
export const DT_HASH = 4;
export const DT_STRTAB = 5;
export const DT_SYMTAB = 6;
export const DT_RELA = 7;
export const DT_STRSZ = 10;
export const DT_SYMENT = 11;
export const DT_SONAME = 14;
// n_type of notes in core files and registers sets for ptrace.
export const NT_PRSTATUS = 1;
export const NT_PRFPREG = 2;
export const NT_PRPSINFO = 3;
export const NT_AUXV = 6;
export const NT_SIGINFO = 1397311305;
export const NT_FILE = 1179208773;
export const NT_X86_XSTATE = 514;
export const NT_GNU_BUILD_ID = 3;

/** Elf64_Ehdr. */
export const Elf64Ehdr = struct({
  e_ident: ["u8", 16],
  e_type: "u16",
  e_machine: "u16",
  e_version: "u32",
  e_entry: "ptr",
  e_phoff: "u64",
  e_shoff: "u64",
  e_flags: "u32",
  e_ehsize: "u16",
  e_phentsize: "u16",
  e_phnum: "u16",
  e_shentsize: "u16",
  e_shnum: "u16",
  e_shstrndx: "u16",
}, { c: "Elf64_Ehdr", header: "elf.h" });

/** Elf64_Phdr. */
export const Elf64Phdr = struct({
  p_type: "u32",
  p_flags: "u32",
  p_offset: "u64",
  p_vaddr: "ptr",
  p_paddr: "ptr",
  p_filesz: "u64",
  p_memsz: "u64",
  p_align: "u64",
}, { c: "Elf64_Phdr", header: "elf.h" });

/** Elf64_Shdr. */
export const Elf64Shdr = struct({
  sh_name: "u32",
  sh_type: "u32",
  sh_flags: "u64",
  sh_addr: "ptr",
  sh_offset: "u64",
  sh_size: "u64",
  sh_link: "u32",
  sh_info: "u32",
  sh_addralign: "u64",
  sh_entsize: "u64",
}, { c: "Elf64_Shdr", header: "elf.h" });

/** Elf64_Nhdr; name and contents follow, each padded to 4 bytes. */
export const Elf64Nhdr = struct({
  n_namesz: "u32",
  n_descsz: "u32",
  n_type: "u32",
}, { c: "Elf64_Nhdr", header: "elf.h" });

/** Elf64_Sym. */
export const Elf64Sym = struct({
  st_name: "u32",
  st_info: "u8",
  st_other: "u8",
  st_shndx: "u16",
  st_value: "u64",
  st_size: "u64",
}, { c: "Elf64_Sym", header: "elf.h" });

/** Elf64_Dyn. */
export const Elf64Dyn = struct({ d_tag: "i64", d_un: "u64" }, {
  c: "Elf64_Dyn",
  header: "elf.h",
});
