/** What messages between unix sockets carry besides data: descriptors, credentials. */
import type { Message } from "../message.ts";
import type { Incoming, Outgoing } from "../socket.ts";

interface Sender {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** Marks a message as from the sender of `m`, and moves the descriptors to it. */
export function setSender(message: Message, m: Outgoing): void {
  message.pid = m.pid;
  message.uid = m.uid;
  message.gid = m.gid;
  message.files = m.files;
  m.files = null;
}

export function sameSender(a: Sender, b: Sender): boolean {
  return a.pid === b.pid && a.uid === b.uid && a.gid === b.gid;
}

/** Moves descriptors and, with `creds` (SO_PASSCRED), the sender to `m`. */
export function takeControl(
  message: Message,
  m: Incoming,
  creds: boolean,
): void {
  noteSender(message, m, creds);
  if (message.files === null) return;
  m.files = message.files;
  message.files = null;
}

/** As `takeControl` for MSG_PEEK: the message keeps its descriptors, too. */
export function peekFiles(
  message: Message,
  m: Incoming,
  creds: boolean,
): void {
  noteSender(message, m, creds);
  if (message.files === null) return;
  for (const file of message.files) file.incRef();
  m.files = message.files.slice();
}

function noteSender(message: Message, m: Incoming, creds: boolean): void {
  m.started = true;
  m.pid = message.pid;
  m.uid = message.uid;
  m.gid = message.gid;
  m.hasCreds = creds;
}
