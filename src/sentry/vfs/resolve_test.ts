import { assertEquals } from "@std/assert";
import {
  EACCES,
  ELOOP,
  ENAMETOOLONG,
  ENOENT,
  ENOTDIR,
  EXDEV,
} from "../../abi/linux/errno.ts";
import {
  AT_FDCWD,
  RESOLVE_BENEATH,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
} from "../../abi/linux/fcntl.ts";
import { TmpfsFs } from "../fs/tmpfs/fs.ts";
import { Credentials } from "../kernel/credentials.ts";
import type { Task } from "../kernel/task.ts";
import { Mount } from "./mount.ts";
import { resolve } from "./resolve.ts";
import { put, taskOn, walk } from "./testing.ts";
import { makeDirectory, makeSymlink } from "./tree.ts";

function tree(): Task {
  const t = taskOn(new TmpfsFs(0o755));
  makeDirectory(t, AT_FDCWD, "/a", 0o755);
  makeDirectory(t, AT_FDCWD, "/a/b", 0o755);
  put(t, "/a/b/f", "x");
  return t;
}

Deno.test("resolve: dots, slashes and .. above the root", () => {
  const t = tree();
  assertEquals(walk(t, "/a/./b//f"), "/a/b/f");
  assertEquals(walk(t, "/../../a/b/.."), "/a");
  assertEquals(walk(t, "////"), "/");
});

Deno.test("resolve: what is missing, what is no directory, what is too long", () => {
  const t = tree();
  assertEquals(walk(t, ""), -ENOENT);
  assertEquals(walk(t, "/a/x"), -ENOENT);
  assertEquals(walk(t, "/a/x/.."), -ENOENT);
  assertEquals(walk(t, "/a/b/f/.."), -ENOTDIR);
  assertEquals(walk(t, "/a/b/f/"), -ENOTDIR);
  assertEquals(walk(t, "/" + "n".repeat(256)), -ENAMETOOLONG);
});

Deno.test("resolve: links, relative and absolute, with a rest behind", () => {
  const t = tree();
  makeSymlink(t, "b", AT_FDCWD, "/a/l");
  makeSymlink(t, "/a/l/", AT_FDCWD, "/top");
  makeSymlink(t, "../../..", AT_FDCWD, "/a/b/up");
  assertEquals(walk(t, "/a/l/f"), "/a/b/f");
  assertEquals(walk(t, "/top/f"), "/a/b/f");
  assertEquals(walk(t, "/a/b/up/a"), "/a");
});

Deno.test("resolve: the 41st link is one too many", () => {
  const t = tree();
  makeSymlink(t, "loop", AT_FDCWD, "/loop");
  assertEquals(walk(t, "/loop"), -ELOOP);
  makeSymlink(t, "a", AT_FDCWD, "/l0");
  for (let i = 1; i <= 40; i++) makeSymlink(t, `l${i - 1}`, AT_FDCWD, `/l${i}`);
  assertEquals(walk(t, "/l39"), "/a");
  assertEquals(walk(t, "/l40"), -ELOOP);
});

Deno.test("resolve: a directory without x stops everybody but root", () => {
  const t = tree();
  makeDirectory(t, AT_FDCWD, "/closed", 0o700);
  put(t, "/closed/f", "");
  assertEquals(walk(t, "/closed/f"), "/closed/f");
  t.creds = Credentials.forUser(1000, 1000);
  assertEquals(walk(t, "/closed"), "/closed");
  assertEquals(walk(t, "/closed/f"), -EACCES);
});

Deno.test("resolve: mounts are crossed in both directions", () => {
  const t = tree();
  const { mount } = t.fs.root;
  const place = resolve(t, AT_FDCWD, "/a/b", 0);
  if (typeof place === "number") throw new Error();
  const fs = new TmpfsFs(0o755);
  new Mount(mount.namespace, fs, fs.root, 0).attach(mount, place.dentry);
  assertEquals(walk(t, "/a/b/f"), -ENOENT);
  put(t, "/a/b/g", "");
  assertEquals(walk(t, "/a/b/g"), "/a/b/g");
  assertEquals(walk(t, "/a/b/../b/g"), "/a/b/g");
  assertEquals(walk(t, "/a/b/g", RESOLVE_NO_XDEV), -EXDEV);
});

Deno.test("resolve: openat2's scopes", () => {
  const t = tree();
  makeSymlink(t, "/a", AT_FDCWD, "/abs");
  makeSymlink(t, "b", AT_FDCWD, "/a/l");
  assertEquals(walk(t, "a/../..", RESOLVE_BENEATH), -EXDEV);
  assertEquals(walk(t, "/a", RESOLVE_BENEATH), -EXDEV);
  assertEquals(walk(t, "abs/b", RESOLVE_BENEATH), -EXDEV);
  assertEquals(walk(t, "a/l/f", RESOLVE_BENEATH), "/a/b/f");
  assertEquals(walk(t, "a/l/f", RESOLVE_NO_SYMLINKS), -ELOOP);
  const a = resolve(t, AT_FDCWD, "/a", 0);
  if (typeof a === "number") throw new Error();
  t.fs.setCwd(a);
  assertEquals(walk(t, "/../b/f", RESOLVE_IN_ROOT), "/a/b/f");
});
