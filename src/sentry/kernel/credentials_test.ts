import { assertEquals } from "@std/assert";
import {
  CAP_CHOWN,
  CAP_KILL,
  SECBIT_KEEP_CAPS,
} from "../../abi/linux/capability.ts";
import {
  Credentials,
  type ExecCredentials,
  execCredentials,
  type ExecFile,
  fixCapsForIds,
} from "./credentials.ts";

const PLAIN = { mode: 0o755, uid: 0, gid: 0, nosuid: false, caps: null };

function exec(c: Credentials, file: ExecFile, bound = false): ExecCredentials {
  const result = execCredentials(c, file, bound);
  if (typeof result === "number") throw new Error(`errno ${-result}`);
  return result;
}

Deno.test("Credentials: root has all capabilities, others none", () => {
  assertEquals(Credentials.forUser(0, 0).can(CAP_KILL), true);
  assertEquals(Credentials.forUser(5, 5).can(CAP_KILL), false);
});

Deno.test("Credentials: a copy can change without the original", () => {
  const c = Credentials.forUser(0, 0);
  const copy = c.copy();
  copy.effective.delete(CAP_KILL);
  copy.euid = 7;
  assertEquals([c.can(CAP_KILL), c.euid], [true, 0]);
});

Deno.test("Credentials: leaving user 0 for good loses all capabilities", () => {
  const old = Credentials.forUser(0, 0);
  const c = old.copy();
  c.uid = c.euid = c.suid = 9;
  fixCapsForIds(c, old);
  assertEquals([c.permitted.isEmpty, c.effective.isEmpty], [true, true]);
});

Deno.test("Credentials: with KEEP_CAPS the permitted set stays", () => {
  const old = Credentials.forUser(0, 0);
  old.securebits = SECBIT_KEEP_CAPS;
  const c = old.copy();
  c.uid = c.euid = c.suid = 9;
  fixCapsForIds(c, old);
  assertEquals([c.permitted.isEmpty, c.effective.isEmpty], [false, true]);
});

Deno.test("Credentials: effective user 0 gets its capabilities back", () => {
  const root = Credentials.forUser(0, 0);
  const user = root.copy();
  user.euid = 9;
  fixCapsForIds(user, root);
  assertEquals(user.effective.isEmpty, true);
  const again = user.copy();
  again.euid = 0;
  fixCapsForIds(again, user);
  assertEquals(again.can(CAP_CHOWN), true);
});

Deno.test("execCredentials: a set-user-ID program of root gains all", () => {
  const user = Credentials.forUser(9, 9);
  const file = { ...PLAIN, mode: 0o4755 };
  const { creds, secure } = exec(user, file);
  assertEquals([creds.uid, creds.euid, creds.suid], [9, 0, 0]);
  assertEquals([creds.can(CAP_KILL), secure], [true, true]);
});

Deno.test("execCredentials: neither under no_new_privs nor from nosuid", () => {
  const user = Credentials.forUser(9, 9);
  const file = { ...PLAIN, mode: 0o4755 };
  assertEquals(exec(user, file, true).creds.euid, 9);
  const nosuid = { ...file, nosuid: true };
  assertEquals(exec(user, nosuid).creds.euid, 9);
});

Deno.test("execCredentials: set-group-ID counts only with group execution", () => {
  const user = Credentials.forUser(9, 9);
  const locked = { ...PLAIN, mode: 0o2745 & ~0o010, gid: 4 };
  assertEquals(exec(user, locked).creds.egid, 9);
  const file = { ...PLAIN, mode: 0o2755, gid: 4 };
  assertEquals(exec(user, file).creds.egid, 4);
});

Deno.test("execCredentials: an ordinary program changes nothing", () => {
  const user = Credentials.forUser(9, 9);
  const { creds, secure } = exec(user, PLAIN);
  assertEquals([creds.euid, creds.permitted.isEmpty, secure], [9, true, false]);
  const root = exec(Credentials.forUser(0, 0), PLAIN);
  assertEquals([root.creds.can(CAP_KILL), root.secure], [true, false]);
});
