import { assertEquals } from "@std/assert";
import {
  EACCES,
  EEXIST,
  EINVAL,
  EISDIR,
  ENOENT,
  ENOSPC,
  ENOTDIR,
  ENOTEMPTY,
  EPERM,
  EROFS,
} from "../../../abi/linux/errno.ts";
import {
  AT_FDCWD,
  O_APPEND,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
} from "../../../abi/linux/fcntl.ts";
import { Credentials } from "../../kernel/credentials.ts";
import { MS_RDONLY } from "../../vfs/mount.ts";
import { openAt } from "../../vfs/open.ts";
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
  makeLink,
  makeSymlink,
  removeDirectory,
  rename,
  unlink,
} from "../../vfs/tree.ts";
import { resolve } from "../../vfs/resolve.ts";
import { TmpfsFs } from "./fs.ts";

Deno.test("tmpfs: what is written is read, sparse parts are zero", () => {
  const t = taskOn(new TmpfsFs());
  const file = open(t, "/f", O_CREAT | O_RDWR);
  assertEquals(writeText(t, file, "hello"), 5);
  assertEquals(file.seek(t, 8, 0), 8);
  assertEquals(writeText(t, file, "x"), 1);
  assertEquals(get(t, "/f"), "hello\0\0\0x");
  assertEquals(file.truncate(t, 3), 0);
  assertEquals(file.truncate(t, 6), 0);
  assertEquals(get(t, "/f"), "hel\0\0\0");
  file.decRef();
});

Deno.test("tmpfs: a file that grows beyond the small size keeps its bytes", () => {
  const t = taskOn(new TmpfsFs());
  const file = open(t, "/f", O_CREAT | O_RDWR);
  const text = "abcdefgh".repeat(8192);
  assertEquals(writeText(t, file, text), 65536);
  assertEquals(writeText(t, file, text), 65536);
  assertEquals(inodeOf(t, "/f").size, 131072);
  file.seek(t, 65530, 0);
  assertEquals(readText(t, file, 12), "cdefghabcdef");
  assertEquals(file.truncate(t, 65540), 0);
  assertEquals(file.truncate(t, 65550), 0);
  file.seek(t, 65536, 0);
  assertEquals(readText(t, file, 100), "abcd" + "\0".repeat(10));
  file.decRef();
});

Deno.test("tmpfs: O_APPEND writes at the end, O_TRUNC empties", () => {
  const t = taskOn(new TmpfsFs());
  put(t, "/f", "one");
  const file = open(t, "/f", O_WRONLY | O_APPEND);
  writeText(t, file, "two");
  assertEquals(file.offset, 6);
  file.decRef();
  assertEquals(get(t, "/f"), "onetwo");
  open(t, "/f", O_WRONLY | O_TRUNC).decRef();
  assertEquals(get(t, "/f"), "");
});

Deno.test("tmpfs: an unlinked file lives while it is open", () => {
  const t = taskOn(new TmpfsFs());
  put(t, "/f", "still here");
  const file = open(t, "/f");
  assertEquals(unlink(t, AT_FDCWD, "/f"), 0);
  assertEquals(get(t, "/f"), -ENOENT);
  assertEquals(readText(t, file), "still here");
  assertEquals(file.inode.nlink, 0);
  assertEquals(file.path!.pathname(t.fs.root), "/f (deleted)");
  file.decRef();
});

Deno.test("tmpfs: errors of open", () => {
  const t = taskOn(new TmpfsFs());
  put(t, "/f", "");
  makeDirectory(t, AT_FDCWD, "/d", 0o755);
  const at = (path: string, flags: number) =>
    openAt(t, AT_FDCWD, path, flags, 0o644);
  assertEquals(at("/f", O_CREAT | O_EXCL), -EEXIST);
  assertEquals(at("/d", O_WRONLY), -EISDIR);
  assertEquals(at("/d", O_CREAT), -EISDIR);
  assertEquals(at("/f", O_DIRECTORY), -ENOTDIR);
  assertEquals(at("/new/", O_CREAT), -EISDIR);
  assertEquals(at("/no/f", O_CREAT), -ENOENT);
  assertEquals(at("/f/g", O_CREAT), -ENOTDIR);
  assertEquals(at("/d", O_CREAT | O_DIRECTORY), -EINVAL);
});

Deno.test("tmpfs: O_CREAT follows a dangling link unless O_EXCL", () => {
  const t = taskOn(new TmpfsFs());
  makeSymlink(t, "/target", AT_FDCWD, "/link");
  const exclusive = openAt(t, AT_FDCWD, "/link", O_CREAT | O_EXCL, 0o644);
  assertEquals(exclusive, -EEXIST);
  put(t, "/link", "through");
  assertEquals(get(t, "/target"), "through");
});

Deno.test("tmpfs: rename replaces, moves directories, refuses circles", () => {
  const t = taskOn(new TmpfsFs());
  const move = (a: string, b: string, flags = 0) =>
    rename(t, AT_FDCWD, a, AT_FDCWD, b, flags);
  put(t, "/a", "A");
  put(t, "/b", "B");
  makeDirectory(t, AT_FDCWD, "/d", 0o755);
  makeDirectory(t, AT_FDCWD, "/d/e", 0o755);
  assertEquals(move("/a", "/b"), 0);
  assertEquals(get(t, "/b"), "A");
  assertEquals(move("/d", "/d/e/x"), -EINVAL);
  assertEquals(move("/d/e", "/d"), -ENOTEMPTY);
  assertEquals(move("/b", "/d"), -EISDIR);
  assertEquals(move("/d", "/b"), -ENOTDIR);
  assertEquals(move("/b", "/d", 1), -EEXIST);
  assertEquals(move("/b", "/d", 2), 0);
  assertEquals(get(t, "/d"), "A");
  assertEquals(names(t, "/b"), ["e"]);
  assertEquals(move("/b/e", "/e"), 0);
  assertEquals(names(t, "/"), ["b", "d", "e"]);
});

Deno.test("tmpfs: links and link counts", () => {
  const t = taskOn(new TmpfsFs());
  put(t, "/f", "x");
  makeDirectory(t, AT_FDCWD, "/d", 0o755);
  assertEquals(inodeOf(t, "/d").nlink, 2);
  makeDirectory(t, AT_FDCWD, "/d/e", 0o755);
  assertEquals(inodeOf(t, "/d").nlink, 3);
  const f = resolve(t, AT_FDCWD, "/f", 0);
  const d = resolve(t, AT_FDCWD, "/d", 0);
  if (typeof f === "number" || typeof d === "number") throw new Error();
  assertEquals(makeLink(t, f, AT_FDCWD, "/d/g"), 0);
  assertEquals(inodeOf(t, "/f").nlink, 2);
  assertEquals(makeLink(t, d, AT_FDCWD, "/h"), -EPERM);
  assertEquals(makeLink(t, f, AT_FDCWD, "/d/g"), -EEXIST);
  assertEquals(removeDirectory(t, AT_FDCWD, "/d"), -ENOTEMPTY);
  assertEquals(unlink(t, AT_FDCWD, "/d"), -EISDIR);
  assertEquals(removeDirectory(t, AT_FDCWD, "/f"), -ENOTDIR);
  assertEquals(unlink(t, AT_FDCWD, "/d/g"), 0);
  assertEquals(inodeOf(t, "/f").nlink, 1);
});

Deno.test("tmpfs: in a sticky directory only owners remove", () => {
  const t = taskOn(new TmpfsFs(0o1777));
  put(t, "/f", "root's");
  t.creds = Credentials.forUser(1000, 1000);
  assertEquals(unlink(t, AT_FDCWD, "/f"), -EPERM);
  assertEquals(openAt(t, AT_FDCWD, "/f", O_WRONLY, 0), -EACCES);
  put(t, "/mine", "");
  assertEquals(unlink(t, AT_FDCWD, "/mine"), 0);
});

Deno.test("tmpfs: a read-only mount refuses changes", () => {
  const t = taskOn(new TmpfsFs(), MS_RDONLY);
  assertEquals(openAt(t, AT_FDCWD, "/f", O_CREAT, 0o644), -EROFS);
  assertEquals(makeDirectory(t, AT_FDCWD, "/d", 0o755), -EROFS);
  assertEquals(unlink(t, AT_FDCWD, "/f"), -EROFS);
});

Deno.test("tmpfs: size= is a limit", () => {
  const fs = TmpfsFs.mount("size=64k,mode=755", 0, 0);
  if (typeof fs === "number") throw new Error();
  assertEquals(TmpfsFs.mount("sice=1", 0, 0), -EINVAL);
  const t = taskOn(fs);
  const file = open(t, "/f", O_CREAT | O_RDWR);
  assertEquals(writeText(t, file, "x".repeat(70000)), 65536);
  assertEquals(writeText(t, file, "y"), -ENOSPC);
  file.decRef();
  unlink(t, AT_FDCWD, "/f");
  const other = open(t, "/g", O_CREAT | O_RDWR);
  assertEquals(writeText(t, other, "z".repeat(5000)), 5000);
  other.decRef();
});
