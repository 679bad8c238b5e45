import { assertEquals } from "@std/assert";
import { ENOENT, ENXIO, EROFS } from "../../../abi/linux/errno.ts";
import {
  AT_FDCWD,
  O_APPEND,
  O_CREAT,
  O_RDWR,
  O_WRONLY,
} from "../../../abi/linux/fcntl.ts";
import type { Task } from "../../kernel/task.ts";
import { openAt } from "../../vfs/open.ts";
import {
  get,
  inodeOf,
  names,
  open,
  put,
  readText,
  taskOn,
  walk,
  writeText,
} from "../../vfs/testing.ts";
import {
  makeDirectory,
  makeSymlink,
  removeDirectory,
  rename,
  unlink,
} from "../../vfs/tree.ts";
import { HostFs } from "./fs.ts";

function onHost(
  run: (t: Task, dir: string) => void,
  readonly = false,
): void {
  const dir = Deno.makeTempDirSync();
  try {
    const options = { readonly, guestUid: 0, guestGid: 0 };
    const fs = HostFs.open(dir, options);
    if (typeof fs === "number") throw new Error();
    run(taskOn(fs), dir);
    fs.release();
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
}

Deno.test("host: files made by the guest are on the host, and the other way round", () => {
  onHost((t, dir) => {
    makeDirectory(t, AT_FDCWD, "/d", 0o750);
    put(t, "/d/f", "guest");
    assertEquals(Deno.readTextFileSync(`${dir}/d/f`), "guest");
    assertEquals(Deno.statSync(`${dir}/d`).mode! & 0o777, 0o750);
    Deno.writeTextFileSync(`${dir}/d/h`, "host");
    assertEquals(get(t, "/d/h"), "host");
    assertEquals(names(t, "/d"), ["f", "h"]);
    Deno.removeSync(`${dir}/d/h`);
    assertEquals(get(t, "/d/h"), -ENOENT);
    Deno.writeTextFileSync(`${dir}/d/f`, "changed by the host");
    assertEquals(inodeOf(t, "/d/f").size, 19);
  });
});

Deno.test("host: links never lead out of the root", () => {
  onHost((t, dir) => {
    Deno.symlinkSync("/etc/passwd", `${dir}/out`);
    Deno.symlinkSync("../../../../../../etc", `${dir}/up`);
    assertEquals(get(t, "/out"), -ENOENT);
    assertEquals(walk(t, "/up/passwd"), -ENOENT);
    Deno.mkdirSync(`${dir}/etc`);
    Deno.writeTextFileSync(`${dir}/etc/passwd`, "inside");
    assertEquals(get(t, "/out"), "inside");
    assertEquals(get(t, "/up/passwd"), "inside");
  });
});

Deno.test("host: a directory swapped for a link is not followed", () => {
  onHost((t, dir) => {
    Deno.mkdirSync(`${dir}/d`);
    Deno.writeTextFileSync(`${dir}/d/passwd`, "inside");
    assertEquals(get(t, "/d/passwd"), "inside");
    Deno.renameSync(`${dir}/d`, `${dir}/old`);
    Deno.symlinkSync("/etc", `${dir}/d`);
    // The walk may still trust the directory it knew, never the link.
    const text = get(t, "/d/passwd");
    assertEquals(text === "inside" || text === -ENOENT, true);
  });
});

Deno.test("host: rename, unlink, rmdir, symlink", () => {
  onHost((t, dir) => {
    put(t, "/a", "A");
    put(t, "/b", "B");
    const moved = rename(t, AT_FDCWD, "/a", AT_FDCWD, "/b", 0);
    assertEquals(moved, 0);
    assertEquals(get(t, "/b"), "A");
    assertEquals(get(t, "/a"), -ENOENT);
    assertEquals(makeSymlink(t, "b", AT_FDCWD, "/l"), 0);
    assertEquals(Deno.readLinkSync(`${dir}/l`), "b");
    assertEquals(get(t, "/l"), "A");
    assertEquals(unlink(t, AT_FDCWD, "/b"), 0);
    assertEquals(get(t, "/l"), -ENOENT);
    makeDirectory(t, AT_FDCWD, "/d", 0o755);
    assertEquals(removeDirectory(t, AT_FDCWD, "/d"), 0);
    assertEquals(names(t, "/"), ["l"]);
  });
});

Deno.test("host: an unlinked open file can be read, written and asked", () => {
  onHost((t) => {
    put(t, "/f", "text");
    const file = open(t, "/f", O_RDWR);
    assertEquals(unlink(t, AT_FDCWD, "/f"), 0);
    assertEquals(readText(t, file), "text");
    assertEquals(writeText(t, file, "more"), 4);
    assertEquals(file.inode.refresh(), 0);
    assertEquals(file.inode.size, 8);
    assertEquals(file.inode.nlink, 0);
    file.decRef();
  });
});

Deno.test("host: O_APPEND goes to the end that the host has moved", () => {
  onHost((t, dir) => {
    put(t, "/f", "1");
    const file = open(t, "/f", O_WRONLY | O_APPEND);
    Deno.writeTextFileSync(`${dir}/f`, "23", { append: true });
    writeText(t, file, "4");
    assertEquals(file.offset, 4);
    assertEquals(Deno.readTextFileSync(`${dir}/f`), "1234");
    file.decRef();
  });
});

Deno.test("host: read-only is EROFS", () => {
  onHost((t, dir) => {
    Deno.writeTextFileSync(`${dir}/f`, "x");
    assertEquals(openAt(t, AT_FDCWD, "/f", O_WRONLY, 0), -EROFS);
    assertEquals(openAt(t, AT_FDCWD, "/g", O_CREAT, 0o644), -EROFS);
    assertEquals(unlink(t, AT_FDCWD, "/f"), -EROFS);
    assertEquals(get(t, "/f"), "x");
  }, true);
});

Deno.test("host: a fifo of the host is not opened there", () => {
  onHost((t, dir) => {
    const made = new Deno.Command("mkfifo", { args: [`${dir}/p`] })
      .outputSync();
    assertEquals(made.code, 0);
    assertEquals(openAt(t, AT_FDCWD, "/p", 0, 0), -ENXIO);
  });
});
