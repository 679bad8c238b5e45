/** A file without a place in any directory; it goes with the process. */

/** Puts bytes into a new memory file and gives a path to it. */
export function memoryFile(bytes: Uint8Array<ArrayBuffer>): string {
  const libc = Deno.dlopen("libc.so.6", {
    memfd_create: { parameters: ["buffer", "u32"], result: "i32" },
  });
  const MFD_CLOEXEC = 1;
  const name = new TextEncoder().encode("sandbox\0");
  const fd = libc.symbols.memfd_create(name, MFD_CLOEXEC);
  libc.close();
  if (fd < 0) throw new Error("memfd_create failed");
  const path = `/proc/self/fd/${fd}`;
  Deno.writeFileSync(path, bytes);
  return path;
}
