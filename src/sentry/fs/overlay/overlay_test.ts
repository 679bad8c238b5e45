import { assertEquals } from "@std/assert";
import {
  closeFd,
  hostOpen,
  hostOpenRoot,
  hostSetxattr,
} from "../../../../ffi/mod.ts";
import { ENOENT, ENOTEMPTY, EOPNOTSUPP } from "../../../abi/linux/errno.ts";
import { AT_FDCWD, O_PATH, O_RDWR, O_TRUNC } from "../../../abi/linux/fcntl.ts";
import type { Task } from "../../kernel/task.ts";
import { ATTR_MODE, Attributes } from "../../vfs/inode.ts";
import { FOLLOW, resolveInode } from "../../vfs/resolve.ts";
import {
  get,
  inodeOf,
  names,
  open,
  put,
  readText,
  taskOn,
  writeText,
} from "../../vfs/testing.ts";
import {
  makeDirectory,
  removeDirectory,
  rename,
  unlink,
} from "../../vfs/tree.ts";
import { HostFs } from "../host/fs.ts";
import { OverlayFs } from "./fs.ts";

/** A host directory with a/f, a/g, a/sub/h; removed afterwards. */
function overlaid(run: (t: Task, dir: string) => void): void {
  const dir = Deno.makeTempDirSync();
  try {
    Deno.mkdirSync(`${dir}/a/sub`, { recursive: true });
    Deno.writeTextFileSync(`${dir}/a/f`, "lower f");
    Deno.writeTextFileSync(`${dir}/a/g`, "lower g");
    Deno.writeTextFileSync(`${dir}/a/sub/h`, "lower h");
    const options = { readonly: true, guestUid: 0, guestGid: 0 };
    const lower = HostFs.open(dir, options);
    if (typeof lower === "number") throw new Error();
    run(taskOn(new OverlayFs(lower.root)), dir);
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
}

Deno.test("overlay: writes stay above", () => {
  overlaid((t, dir) => {
    assertEquals(get(t, "/a/f"), "lower f");
    const file = open(t, "/a/f", O_RDWR);
    assertEquals(writeText(t, file, "UPPER"), 5);
    assertEquals(readText(t, file), " f");
    file.decRef();
    assertEquals(get(t, "/a/f"), "UPPER f");
    open(t, "/a/g", O_RDWR | O_TRUNC).decRef();
    assertEquals(get(t, "/a/g"), "");
    put(t, "/a/new", "n");
    assertEquals(names(t, "/a"), ["f", "g", "new", "sub"]);
    assertEquals(Deno.readTextFileSync(`${dir}/a/f`), "lower f");
    assertEquals(Deno.readTextFileSync(`${dir}/a/g`), "lower g");
  });
});

Deno.test("overlay: a file open for reading sees later writes", () => {
  overlaid((t) => {
    const reader = open(t, "/a/f");
    put(t, "/a/f", "after");
    assertEquals(readText(t, reader), "after f");
    reader.decRef();
  });
});

Deno.test("overlay: what is removed stays away", () => {
  overlaid((t, dir) => {
    assertEquals(unlink(t, AT_FDCWD, "/a/f"), 0);
    assertEquals(get(t, "/a/f"), -ENOENT);
    assertEquals(names(t, "/a"), ["g", "sub"]);
    assertEquals(removeDirectory(t, AT_FDCWD, "/a/sub"), -ENOTEMPTY);
    assertEquals(unlink(t, AT_FDCWD, "/a/sub/h"), 0);
    assertEquals(removeDirectory(t, AT_FDCWD, "/a/sub"), 0);
    assertEquals(makeDirectory(t, AT_FDCWD, "/a/sub", 0o755), 0);
    assertEquals(names(t, "/a/sub"), []);
    put(t, "/a/f", "fresh");
    assertEquals(get(t, "/a/f"), "fresh");
    assertEquals(Deno.readTextFileSync(`${dir}/a/sub/h`), "lower h");
  });
});

Deno.test("overlay: a renamed directory takes what is below it along", () => {
  overlaid((t) => {
    const { ino } = inodeOf(t, "/a/sub/h");
    assertEquals(rename(t, AT_FDCWD, "/a", AT_FDCWD, "/b", 0), 0);
    assertEquals(get(t, "/a/f"), -ENOENT);
    assertEquals(get(t, "/b/sub/h"), "lower h");
    assertEquals(inodeOf(t, "/b/sub/h").ino, ino);
    assertEquals(names(t, "/"), ["b"]);
    assertEquals(rename(t, AT_FDCWD, "/b/f", AT_FDCWD, "/b/sub/h", 0), 0);
    assertEquals(get(t, "/b/sub/h"), "lower f");
  });
});

Deno.test("overlay: chmod copies no data and keeps the inode", () => {
  overlaid((t) => {
    const inode = inodeOf(t, "/a/f");
    const change = new Attributes();
    change.mask = ATTR_MODE;
    change.mode = 0o600;
    assertEquals(inode.setAttributes(change), 0);
    assertEquals(inodeOf(t, "/a/f").mode & 0o777, 0o600);
    assertEquals(inodeOf(t, "/a/f").ino, inode.ino);
    assertEquals(get(t, "/a/f"), "lower f");
  });
});

/** Looks so many absent and present names up that caches drop what is not held. */
function flood(t: Task): void {
  makeDirectory(t, AT_FDCWD, "/flood", 0o755);
  for (let i = 0; i < 40000; i++) {
    resolveInode(t, AT_FDCWD, `/flood/none${i}`, FOLLOW);
  }
}

Deno.test("overlay: changes outlive cached names", () => {
  overlaid((t) => {
    put(t, "/a/f", "UPPER");
    const change = new Attributes();
    change.mask = ATTR_MODE;
    change.mode = 0o400;
    inodeOf(t, "/a/sub/h").setAttributes(change);
    assertEquals(unlink(t, AT_FDCWD, "/a/g"), 0);
    const held = open(t, "/a/sub");
    flood(t);
    assertEquals(get(t, "/a/f"), "UPPER f");
    assertEquals(inodeOf(t, "/a/sub/h").mode & 0o777, 0o400);
    assertEquals(get(t, "/a/sub/h"), "lower h");
    assertEquals(names(t, "/a"), ["f", "sub"]);
    assertEquals(held.path!.pathname(t.fs.root), "/a/sub");
    assertEquals(held.inode, inodeOf(t, "/a/sub"));
    held.decRef();
  });
});

Deno.test("overlay: extended attributes of the file below can be changed above", () => {
  overlaid((t, dir) => {
    const root = hostOpenRoot(dir);
    const a = hostOpen(root, "a", O_PATH, 0);
    const f = hostOpen(a, "f", O_PATH, 0);
    const value = new TextEncoder().encode("below");
    const made = hostSetxattr(f, "user.k", value, 0);
    for (const fd of [root, a, f]) closeFd(fd);
    // Not every host file system has them.
    if (made === -EOPNOTSUPP) return;
    assertEquals(made, 0);
    const inode = inodeOf(t, "/a/f");
    assertEquals(inode.listXattr(), ["user.k"]);
    assertEquals(inode.getXattr("user.k"), value);
    assertEquals(inode.removeXattr("user.k"), 0);
    put(t, "/a/f", "X");
    assertEquals(inode.listXattr(), []);
  });
});
