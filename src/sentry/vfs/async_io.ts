/**
 * Signals instead of waiting, fcntl(2): O_ASYNC (a file became ready) and
 * F_NOTIFY (something happened in a directory).
 */
import {
  DN_ACCESS,
  DN_ATTRIB,
  DN_CREATE,
  DN_DELETE,
  DN_MODIFY,
  DN_MULTISHOT,
  DN_RENAME,
  F_OWNER_PGRP,
  F_OWNER_TID,
} from "../../abi/linux/fcntl.ts";
import { POLLERR, POLLHUP, POLLIN, POLLOUT } from "../../abi/linux/poll.ts";
import {
  POLL_ERR,
  POLL_HUP,
  POLL_IN,
  POLL_MSG,
  POLL_OUT,
} from "../../abi/linux/siginfo.ts";
import { SIGIO } from "../../abi/linux/signal.ts";
import {
  IN_ACCESS,
  IN_ATTRIB,
  IN_CREATE,
  IN_DELETE,
  IN_MODIFY,
  IN_MOVED_FROM,
  IN_MOVED_TO,
} from "../../abi/linux/inotify.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { SigInfo } from "../kernel/siginfo.ts";
import { sendToGroup, sendToTask } from "../kernel/signal.ts";
import type { Task } from "../kernel/task.ts";
import { Waiter, type WaitTarget } from "../kernel/wait_queue.ts";
import type { FileDescription, ReleaseHook } from "./file_description.ts";
import type { Inode } from "./inode.ts";
import { type DirectoryListener, setDirectoryListener } from "./notify.ts";

const EVENTS = POLLIN | POLLOUT | POLLERR | POLLHUP;

/** Sends the signal of `file` to its owner; `code` and `band` are seen only with F_SETSIG. */
function sendIo(
  kernel: Kernel,
  file: FileDescription,
  fd: number,
  code: number,
  band: number,
): void {
  const { owner, ownerType } = file;
  if (owner === 0) return;
  if (ownerType === F_OWNER_PGRP) {
    const members = kernel.processGroups.get(-owner)?.members ?? [];
    for (const tg of members) sendToGroup(tg, info(file, fd, code, band));
    return;
  }
  const t = kernel.tasks.get(owner);
  if (t === undefined) return;
  if (ownerType === F_OWNER_TID) sendToTask(t, info(file, fd, code, band));
  else sendToGroup(t.group, info(file, fd, code, band));
}

function info(
  file: FileDescription,
  fd: number,
  code: number,
  band: number,
): SigInfo {
  if (file.ownerSignal === 0) return SigInfo.kernel(SIGIO);
  const made = new SigInfo(file.ownerSignal, code);
  made.fd = fd;
  made.band = band;
  return made;
}

/** A file with O_ASYNC. */
class AsyncFile implements WaitTarget, ReleaseHook {
  readonly #waiter: Waiter = new Waiter(this);

  constructor(
    readonly kernel: Kernel,
    readonly file: FileDescription,
    readonly fd: number,
  ) {
    file.queue.add(this.#waiter, EVENTS);
    (file.releaseHooks ??= new Set()).add(this);
  }

  woken(_waiter: Waiter, events: number): void {
    // Both ends of a pipe share a queue: what is not this file's is not ready here.
    const ready = events & this.file.poll() & EVENTS;
    if (ready === 0) return;
    const code = (ready & POLLIN) !== 0
      ? POLL_IN
      : (ready & POLLHUP) !== 0
      ? POLL_HUP
      : (ready & POLLERR) !== 0
      ? POLL_ERR
      : POLL_OUT;
    sendIo(this.kernel, this.file, this.fd, code, ready);
  }

  stop(): void {
    this.#waiter.unlink();
    this.file.releaseHooks?.delete(this);
  }

  fileReleased(): void {
    this.#waiter.unlink();
  }
}

const asyncFiles: WeakMap<FileDescription, AsyncFile> = new WeakMap();

/** After FASYNC was set or cleared in the flags of `file`, by way of `fd`. Regular files and directories never signal. */
export function asyncChanged(
  t: Task,
  file: FileDescription,
  fd: number,
  on: boolean,
): void {
  asyncFiles.get(file)?.stop();
  asyncFiles.delete(file);
  if (!on || !file.pollable) return;
  asyncFiles.set(file, new AsyncFile(t.kernel, file, fd));
}

/** One F_NOTIFY request. */
interface Note {
  readonly kernel: Kernel;
  readonly file: FileDescription;
  readonly fd: number;
  readonly mask: number;
}

/** The requests on directories; listens from the first one on. */
class DirectoryNotes implements DirectoryListener, ReleaseHook {
  readonly #notes: Map<Inode, Note[]> = new Map();

  add(t: Task, file: FileDescription, fd: number, mask: number): void {
    const { inode } = file;
    this.#remove(file);
    if (mask === 0) return;
    const notes = this.#notes.get(inode) ?? [];
    notes.push({ kernel: t.kernel, file, fd, mask });
    this.#notes.set(inode, notes);
    (file.releaseHooks ??= new Set()).add(this);
    setDirectoryListener(this);
  }

  #remove(file: FileDescription): void {
    const rest = this.#notes.get(file.inode)?.filter((n) => n.file !== file);
    if (rest === undefined || rest.length === 0) {
      this.#notes.delete(file.inode);
    } else this.#notes.set(file.inode, rest);
    if (this.#notes.size === 0) setDirectoryListener(null);
  }

  fileReleased(file: FileDescription): void {
    this.#remove(file);
  }

  happened(dir: Inode, mask: number): void {
    const notes = this.#notes.get(dir);
    if (notes === undefined) return;
    for (const note of notes) {
      if ((wanted(note.mask) & mask) === 0) continue;
      if ((note.mask & DN_MULTISHOT) === 0) this.#remove(note.file);
      sendIo(note.kernel, note.file, note.fd, POLL_MSG, POLLIN);
    }
  }
}

/** IN_* bits for DN_* bits. */
function wanted(mask: number): number {
  let bits = 0;
  if ((mask & DN_ACCESS) !== 0) bits |= IN_ACCESS;
  if ((mask & DN_MODIFY) !== 0) bits |= IN_MODIFY;
  if ((mask & DN_ATTRIB) !== 0) bits |= IN_ATTRIB;
  if ((mask & DN_CREATE) !== 0) bits |= IN_CREATE | IN_MOVED_TO;
  if ((mask & DN_DELETE) !== 0) bits |= IN_DELETE | IN_MOVED_FROM;
  if ((mask & DN_RENAME) !== 0) bits |= IN_MOVED_FROM | IN_MOVED_TO;
  return bits;
}

const notes = new DirectoryNotes();

/** F_NOTIFY on an open directory: signals for events of `mask` (DN_*); 0 ends it. */
export function noteDirectory(
  t: Task,
  file: FileDescription,
  fd: number,
  mask: number,
): void {
  if (file.owner === 0) file.owner = t.group.pid;
  notes.add(t, file, fd, mask);
}
