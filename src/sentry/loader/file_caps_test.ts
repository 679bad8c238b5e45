import { assertEquals } from "@std/assert";
import {
  CAP_CHOWN,
  CAP_NET_RAW,
  CAP_SETUID,
  VFS_CAP_FLAGS_EFFECTIVE,
  VFS_CAP_REVISION_2,
  VFS_CAP_REVISION_3,
  VfsNsCapData,
} from "../../abi/linux/capability.ts";
import { EPERM } from "../../abi/linux/errno.ts";
import {
  CapSet,
  Credentials,
  type ExecCredentials,
  execCredentials,
  type FileCaps,
} from "../kernel/credentials.ts";
import { parseCaps } from "./file_caps.ts";

function caps(...list: number[]): CapSet {
  const set = new CapSet();
  for (const cap of list) set.add(cap);
  return set;
}

function exec(
  creds: Credentials,
  file: FileCaps | null,
  mode = 0o755,
  noNewPrivs = false,
): ExecCredentials | number {
  const about = { mode, uid: 0, gid: 0, nosuid: false, caps: file };
  return execCredentials(creds, about, noNewPrivs);
}

const RAW: FileCaps = {
  permitted: caps(CAP_NET_RAW),
  inheritable: caps(),
  effective: true,
};

Deno.test("file caps: revision 2 is read", () => {
  const d = VfsNsCapData.alloc();
  d.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE;
  d.permitted_lo = 1 << CAP_NET_RAW;
  assertEquals(parseCaps(d.bytes.subarray(0, 20)), RAW);
});

Deno.test("file caps: other lengths and namespaces do not count", () => {
  const d = VfsNsCapData.alloc();
  d.magic_etc = VFS_CAP_REVISION_2;
  assertEquals(parseCaps(d.bytes), null);
  assertEquals(parseCaps(d.bytes.subarray(0, 12)), null);
  d.magic_etc = VFS_CAP_REVISION_3;
  d.rootid = 1000;
  assertEquals(parseCaps(d.bytes), null);
});

Deno.test("file caps: an ordinary user gets them, and the program is secure", () => {
  const { creds, secure } = exec(
    Credentials.forUser(1000, 1000),
    RAW,
  ) as ExecCredentials;
  assertEquals([creds.can(CAP_NET_RAW), creds.can(CAP_CHOWN)], [true, false]);
  assertEquals(secure, true);
});

Deno.test("file caps: the bounding set denies them with EPERM", () => {
  const user = Credentials.forUser(1000, 1000);
  user.bounding.delete(CAP_NET_RAW);
  assertEquals(exec(user, RAW), -EPERM);
});

Deno.test("file caps: no_new_privs ignores them and set-user-ID", () => {
  const user = Credentials.forUser(1000, 1000);
  const { creds, secure } = exec(user, RAW, 0o4755, true) as ExecCredentials;
  assertEquals([creds.euid, creds.can(CAP_NET_RAW), secure], [
    1000,
    false,
    false,
  ]);
});

Deno.test("exec: set-user-ID root gets all capabilities", () => {
  const user = Credentials.forUser(1000, 1000);
  const { creds, secure } = exec(user, null, 0o4755) as ExecCredentials;
  assertEquals([creds.uid, creds.euid, creds.suid], [1000, 0, 0]);
  assertEquals([creds.can(CAP_SETUID), secure], [true, true]);
});

Deno.test("exec: ambient capabilities survive, but not set-user-ID", () => {
  const user = Credentials.forUser(1000, 1000);
  user.permitted = caps(CAP_CHOWN);
  user.inheritable = caps(CAP_CHOWN);
  user.ambient = caps(CAP_CHOWN);
  const kept = exec(user, null) as ExecCredentials;
  assertEquals([kept.creds.can(CAP_CHOWN), kept.secure], [true, false]);
  const setgid = exec(user, null, 0o2755) as ExecCredentials;
  assertEquals(setgid.creds.can(CAP_CHOWN), false);
});
