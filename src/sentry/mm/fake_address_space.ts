/**
 * For tests: a host address space that is a table of pages, with a guest that
 * faults as a CPU would.
 */
import { PAGE_SIZE, PROT_READ, PROT_WRITE } from "../../abi/linux/mman.ts";
import { SIGBUS } from "../../abi/linux/signal.ts";
import { MemoryFile } from "../../platform/memory_file.ts";
import type { AddressSpace } from "../../platform/platform.ts";
import { FileDescription } from "../vfs/file_description.ts";
import type { FileSystem } from "../vfs/file_system.ts";
import { Inode } from "../vfs/inode.ts";
import { ARENA_SIZE } from "./arena.ts";
import { setLayout } from "./layout.ts";
import { MemoryManager } from "./memory_manager.ts";
import { endOfFile } from "./pages.ts";

export const TASK_SIZE = 0x7ffffffff000;

interface Page {
  file: MemoryFile;
  offset: number;
  prot: number;
}

export class FakeAddressSpace implements AddressSpace {
  readonly arena: MemoryFile = MemoryFile.create("arena", ARENA_SIZE);
  contexts = 1;
  settled = true;
  released = false;
  /** Commands since it was last emptied, as text. */
  readonly commands: string[] = [];
  readonly pages: Map<number, Page> = new Map();

  mapFile(
    addr: number,
    length: number,
    prot: number,
    file: MemoryFile,
    offset: number,
  ): void {
    this.commands.push(
      `map ${addr.toString(16)}+${length.toString(16)} ${prot}`,
    );
    if (addr % PAGE_SIZE || length % PAGE_SIZE || offset % PAGE_SIZE) {
      throw new Error("not aligned");
    }
    if (length === 0) throw new Error("empty");
    for (let at = 0; at < length; at += PAGE_SIZE) {
      this.pages.set(addr + at, { file, offset: offset + at, prot });
    }
  }

  unmap(addr: number, length: number): void {
    this.commands.push(`unmap ${addr.toString(16)}+${length.toString(16)}`);
    for (let at = 0; at < length; at += PAGE_SIZE) this.pages.delete(addr + at);
  }

  protect(addr: number, length: number, prot: number): void {
    this.commands.push(
      `protect ${addr.toString(16)}+${length.toString(16)} ${prot}`,
    );
    if ((prot & PROT_WRITE) !== 0) throw new Error("protect may not widen");
    for (let at = 0; at < length; at += PAGE_SIZE) {
      const page = this.pages.get(addr + at);
      if (page === undefined) throw new Error("protect of an unmapped page");
      page.prot = prot;
    }
  }

  /** Commands take effect when they are queued, if `settled`. */
  get mark(): number {
    return this.commands.length;
  }

  hasPassed(_mark: number): boolean {
    return this.settled;
  }

  fence(): void {
    this.commands.push("fence");
  }

  release(): void {
    this.released = true;
  }

  /** What the platform's fork does. */
  fork(): FakeAddressSpace {
    const child = new FakeAddressSpace();
    for (const [addr, page] of this.pages) child.pages.set(addr, { ...page });
    return child;
  }
}

/** A process with an empty address space laid out from the top. */
export class FakeProcess {
  readonly mm: MemoryManager;

  constructor(readonly as: FakeAddressSpace, mm?: MemoryManager) {
    this.mm = mm ?? MemoryManager.create(as, TASK_SIZE);
  }

  static create(): FakeProcess {
    const process = new FakeProcess(new FakeAddressSpace());
    setLayout(process.mm, false);
    return process;
  }

  fork(): FakeProcess {
    this.mm.prepareFork();
    const as = this.as.fork();
    return new FakeProcess(as, this.mm.fork(as));
  }

  /** The guest stores a byte. 0, or the signal it gets. */
  store(addr: number, value: number): number {
    const page = this.#access(addr, PROT_WRITE, 2);
    if (typeof page === "number") return page;
    byte[0] = value;
    page.file.write(page.offset + addr % PAGE_SIZE, byte, 0, 1);
    return 0;
  }

  /** The guest loads a byte: its value, or -signal. */
  load(addr: number): number {
    const page = this.#access(addr, PROT_READ, 0);
    if (typeof page === "number") return -page;
    page.file.read(page.offset + addr % PAGE_SIZE, byte, 0, 1);
    return byte[0];
  }

  #access(addr: number, need: number, err: number): Page | number {
    for (let tries = 0; tries < 200; tries++) {
      const page = this.as.pages.get(addr - addr % PAGE_SIZE);
      if (page !== undefined && (page.prot & need) !== 0) {
        return page.offset < endOfFile(page.file) ? page : SIGBUS;
      }
      const signo = this.mm.handleFault(addr, err | 4);
      if (signo !== 0) return signo;
    }
    throw new Error(`fault at ${addr.toString(16)} is never resolved`);
  }

  /** Throws where lists, host and arena disagree: README.md, invariants 1 to 3. */
  check(): void {
    const { vmas, runs } = this.mm;
    let last = 0;
    for (const vma of vmas.items) {
      if (vma.start < last || vma.end <= vma.start) {
        throw new Error("VMA order");
      }
      last = vma.end;
    }
    last = 0;
    for (const run of runs.items) {
      if (run.start < last || run.end <= run.start) {
        throw new Error("run order");
      }
      last = run.end;
      if (run.cow && (run.host & PROT_WRITE) !== 0) throw new Error("cow");
      for (let at = run.start; at < run.end; at += PAGE_SIZE) {
        this.#checkPage(at);
      }
    }
    for (const addr of this.as.pages.keys()) {
      if (runs.find(addr) === null) throw new Error("host page without a run");
    }
  }

  #checkPage(addr: number): void {
    const run = this.mm.runs.find(addr)!;
    const page = this.as.pages.get(addr);
    const text = addr.toString(16);
    if (this.mm.vmas.find(addr) === null) throw new Error(`${text}: no VMA`);
    if (page === undefined) throw new Error(`${text}: not in the host`);
    const offset = run.offset + (addr - run.start);
    if (page.file !== run.file || page.offset !== offset) {
      throw new Error(`${text}: other bytes in the host`);
    }
    if (page.prot !== run.host) throw new Error(`${text}: other rights`);
    if (run.arena !== null && run.arena.isShared(offset) && !run.cow) {
      throw new Error(`${text}: shared but not copy-on-write`);
    }
  }
}

const byte = new Uint8Array(1);

/** An open file of `size` bytes, byte i of page n being n + 1, to be mapped. */
export class FakeFile extends FileDescription {
  readonly memory: MemoryFile;
  released = false;

  constructor(size: number, flags = 2) {
    super(new FakeInode(), null, flags);
    this.memory = MemoryFile.create("file", size);
    const bytes = new Uint8Array(PAGE_SIZE);
    for (let at = 0; at < size; at += PAGE_SIZE) {
      bytes.fill(at / PAGE_SIZE + 1);
      this.memory.write(at, bytes, 0, Math.min(PAGE_SIZE, size - at));
    }
  }

  override memoryFile(): MemoryFile {
    return this.memory;
  }

  override release(): void {
    this.released = true;
  }
}

class FakeInode extends Inode {
  constructor() {
    super(null as unknown as FileSystem, 1, 0o100644);
  }
}
