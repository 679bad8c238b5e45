/**
 * One test for all structs and constants of src/abi/linux: a C program prints
 * what gcc and the system's headers say, and the declarations must agree.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Layout } from "./struct.ts";

const folder = new URL("./linux/", import.meta.url);

/** All exports of src/abi/linux, by file name. */
async function modules(): Promise<Map<string, Record<string, unknown>>> {
  const found = new Map<string, Record<string, unknown>>();
  for await (const entry of Deno.readDir(folder)) {
    if (!entry.name.endsWith(".ts") || entry.name.endsWith("_test.ts")) {
      continue;
    }
    found.set(entry.name, await import(new URL(entry.name, folder).href));
  }
  return found;
}

function isLayout(value: unknown): value is Layout {
  return typeof value === "object" && value !== null && "fields" in value &&
    "align" in value;
}

/** Compiles and runs a C program; its output lines. */
async function runC(source: string): Promise<string[]> {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${dir}/t.c`, source);
    const args = ["-w", "-D_GNU_SOURCE", "-o", `${dir}/t`, `${dir}/t.c`];
    const gcc = await new Deno.Command("gcc", { args }).output();
    assert(gcc.success, new TextDecoder().decode(gcc.stderr));
    const { stdout } = await new Deno.Command(`${dir}/t`).output();
    return new TextDecoder().decode(stdout).trim().split("\n");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function includes(headers: string): string {
  return headers.split(" ").map((h) => `#include <${h}>\n`).join("");
}

/** Structs by the headers that declare them: such structs share a program. */
async function structsByHeader(): Promise<Map<string, Map<string, Layout>>> {
  const groups = new Map<string, Map<string, Layout>>();
  for (const [file, exports] of await modules()) {
    for (const [name, value] of Object.entries(exports)) {
      if (!isLayout(value)) continue;
      const header = value.options.header;
      if (value.options.c === undefined || header === undefined) continue;
      if (!groups.has(header)) groups.set(header, new Map());
      groups.get(header)!.set(`${file}: ${name}`, value);
    }
  }
  return groups;
}

/** Fields that C has: padding of ours, and what headers may lack, begin so. */
function compared(layout: Layout) {
  return layout.fields.filter((f) => !/^_(pad|[a-z])/.test(f.name));
}

function structProgram(headers: string, layouts: Iterable<Layout>): string {
  let body = "";
  for (const layout of layouts) {
    const { c, members } = layout.options;
    body += `P(sizeof(${c})); P(_Alignof(${c}));\n`;
    for (const { name } of compared(layout)) {
      const member = members?.[name] ?? name;
      body += `P(offsetof(${c}, ${member})); `;
      body += `P(sizeof(((${c} *)0)->${member}));\n`;
    }
  }
  return includes(headers) + "#include <stddef.h>\n" +
    "int printf(const char *, ...);\n" +
    '#define P(x) printf("%lu\\n", (unsigned long)(x))\n' +
    `int main(void) {\n${body}return 0;\n}\n`;
}

/** Fields that we declare narrower than C, for what Linux uses of them. */
const NARROWED = new Set(["sa_flags"]);

/** What of one struct differs from C's numbers, which it takes from `lines`. */
function layoutDifferences(
  name: string,
  layout: Layout,
  lines: Iterator<string>,
): string[] {
  const wrong: string[] = [];
  const check = (what: string, ours: number, skip: boolean) => {
    const theirs = Number(lines.next().value);
    if (ours !== theirs && !skip) wrong.push(`${what}: ${ours}, C: ${theirs}`);
  };
  const { flexible, size, packed } = layout.options;
  check(`sizeof ${name}`, layout.size, !!flexible || size === layout.size);
  check(`_Alignof ${name}`, layout.align, !!packed);
  for (const field of compared(layout)) {
    const isTail = !!flexible && field === layout.fields.at(-1);
    check(`offset of ${name}.${field.name}`, field.offset, false);
    const skip = isTail || NARROWED.has(field.name);
    check(`size of ${name}.${field.name}`, field.size, skip);
  }
  return wrong;
}

Deno.test("structs: sizes and offsets are those of gcc and the headers", async () => {
  const groups = await structsByHeader();
  assert(groups.size > 20);
  const wrong: string[] = [];
  for (const [headers, layouts] of groups) {
    const lines = (await runC(structProgram(headers, layouts.values())))
      .values();
    for (const [name, layout] of layouts) {
      wrong.push(...layoutDifferences(name, layout, lines));
    }
  }
  assertEquals(wrong, []);
});

/** Headers that define a file's constants. Enumerators are not compared. */
const HEADERS: Readonly<Record<string, string>> = {
  "arch.ts": "asm/prctl.h asm/processor-flags.h",
  "auxv.ts": "linux/auxvec.h asm/hwcap2.h",
  "capability.ts": "linux/capability.h linux/securebits.h",
  "dirent.ts": "dirent.h",
  "elf.ts": "elf.h",
  "errno.ts": "errno.h",
  "eventfd.ts": "sys/eventfd.h sys/signalfd.h",
  "fcntl.ts":
    "linux/fcntl.h linux/openat2.h linux/fadvise.h linux/close_range.h",
  "fs.ts": "stddef.h linux/fs.h linux/fiemap.h linux/falloc.h",
  "futex.ts": "linux/types.h linux/futex.h",
  "inotify.ts": "linux/inotify.h",
  "ioctl.ts": "asm/ioctls.h linux/fs.h",
  "ipc.ts": "linux/ipc.h linux/sem.h linux/shm.h linux/msg.h",
  "limits.ts": "linux/limits.h linux/binfmts.h",
  "mman.ts": "linux/mman.h linux/memfd.h",
  "mount.ts": "linux/fcntl.h linux/mount.h",
  "net.ts":
    "netinet/in.h linux/tcp.h linux/udp.h linux/sockios.h linux/if_ether.h",
  "netlink.ts": "linux/netlink.h linux/rtnetlink.h",
  "personality.ts": "linux/personality.h",
  "poll.ts": "linux/types.h asm/poll.h linux/fcntl.h linux/eventpoll.h",
  "prctl.ts": "linux/prctl.h",
  "ptrace.ts": "linux/ptrace.h",
  "random.ts": "linux/random.h",
  "reboot.ts": "linux/reboot.h",
  "resource.ts": "linux/time.h linux/resource.h",
  "rseq.ts": "linux/rseq.h linux/membarrier.h",
  "sched.ts": "linux/sched.h linux/ioprio.h linux/resource.h",
  "seccomp.ts": "linux/seccomp.h linux/filter.h linux/audit.h",
  "sigframe.ts": "asm/signal.h asm/sigcontext.h asm/ucontext.h",
  "siginfo.ts": "linux/signal.h",
  "signal.ts": "linux/signal.h",
  "socket.ts":
    "sys/socket.h netinet/in.h netinet/tcp.h asm/ioctls.h asm/sockios.h linux/sockios.h",
  "stat.ts": "linux/stat.h linux/magic.h",
  "sysinfo.ts": "linux/types.h linux/sysinfo.h",
  "time.ts": "linux/time.h linux/timex.h linux/types.h linux/timerfd.h",
  "tty.ts": "asm/termbits.h asm/ioctls.h linux/tty.h asm/termios.h",
  "uio.ts": "linux/fs.h",
  "utsname.ts": "linux/utsname.h",
  "wait.ts": "linux/wait.h",
  "xattr.ts": "linux/xattr.h linux/limits.h",
};

/** Ours are the kernel's; a program's headers show another form of these. */
const KERNEL_VALUES = new Set([
  "signal.ts: NSIG",
  "signal.ts: SIGRTMAX",
  "signal.ts: SIG_ERR",
  "limits.ts: MAX_ARG_STRLEN",
  "elf.ts: ELFMAG",
]);

Deno.test("constants: every one that is a macro of the headers has its value", async () => {
  let count = 0;
  const wrong: string[] = [];
  for (const [file, exports] of await modules()) {
    const headers = HEADERS[file];
    if (headers === undefined) continue;
    const names = Object.keys(exports).filter((name) =>
      typeof exports[name] === "number" &&
      !KERNEL_VALUES.has(`${file}: ${name}`)
    );
    const body = names.map((n) =>
      `#ifdef ${n}\nprintf("${n} %.0f\\n", V(${n}));\n#endif\n`
    ).join("");
    const source = includes(headers) + "int printf(const char *, ...);\n" +
      "#define V(x) ((x) < 0 ? (double)(long)(x) : (double)(unsigned long)(x))\n" +
      `int main(void) {\n${body}return 0;\n}\n`;
    for (const line of await runC(source)) {
      const [name, value] = line.split(" ");
      if (name === "") continue;
      if (exports[name] !== Number(value)) {
        wrong.push(`${file}: ${name} is ${exports[name]}, C: ${value}`);
      }
      count++;
    }
  }
  assertEquals(wrong, []);
  assert(count > 1000, `only ${count} constants compared`);
});

Deno.test("system calls: the numbers are those of the headers", async () => {
  const { SYS } = await import("./linux/syscall_numbers.ts");
  const body = Object.keys(SYS).map((n) =>
    `#ifdef __NR_${n}\nprintf("${n} %d\\n", __NR_${n});\n#endif\n`
  ).join("");
  const lines = await runC(
    `#include <asm/unistd_64.h>\nint printf(const char *, ...);\n` +
      `int main(void) {\n${body}return 0;\n}\n`,
  );
  assert(lines.length > 350);
  for (const line of lines) {
    const [name, value] = line.split(" ");
    assertEquals((SYS as Record<string, number>)[name], Number(value), name);
  }
});
