/** From flags to what the Sentry is asked to run. */
import type { SandboxConfig } from "../sentry/config.ts";
import { Failure, hostCause } from "./failure.ts";
import type { Parsed } from "./flags.ts";
import { parseMount } from "./mount_flag.ts";
import { lookUpUser } from "./passwd.ts";

/** What differs between `run` and `do`. */
export interface Defaults {
  root: string;
  rootMode: SandboxConfig["rootMode"];
  args: string[];
  cwd: string;
  uid: number;
  gid: number;
}

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Checks the flags; throws Failure with the first thing wrong. */
export function sandboxConfig(flags: Parsed, with_: Defaults): SandboxConfig {
  const root = checkedRoot(with_.root);
  const user = flags.value("user");
  const { uid, gid } = user === null ? with_ : parseUser(user, root);
  return {
    root,
    rootMode: with_.rootMode,
    args: with_.args,
    env: environment(flags.values("env"), root, uid),
    cwd: absolute(flags.value("cwd") ?? with_.cwd),
    uid,
    gid,
    hostname: hostname(flags.value("hostname") ?? "sandbox"),
    mounts: flags.values("mount").map(parseMount),
    strace: flags.has("strace"),
    debugLog: flags.value("debug-log"),
  };
}

/** The real path of a directory that can be listed. */
function checkedRoot(root: string): string {
  const remedy = "name a directory that holds a root file system";
  try {
    const path = Deno.realPathSync(root);
    if (!Deno.statSync(path).isDirectory) {
      throw new Failure(`${root} is not a directory`, remedy);
    }
    for (const _ of Deno.readDirSync(path)) break;
    return path;
  } catch (error) {
    if (error instanceof Failure) throw error;
    const denied = error instanceof Deno.errors.PermissionDenied;
    throw new Failure(
      `cannot open root ${root}: ${hostCause(error)}`,
      denied ? "run as a user who may read it" : remedy,
    );
  }
}

/** UID[:GID]; without a group the user's own in the root, else the same number. */
function parseUser(text: string, root: string): { uid: number; gid: number } {
  const match = /^(\d+)(?::(\d+))?$/.exec(text);
  const uid = Number(match?.[1]);
  const gid = match?.[2] === undefined
    ? lookUpUser(root, uid)?.gid ?? uid
    : Number(match[2]);
  const last = 0xffff_fffe;
  if (match === null || uid > last || gid > last) {
    throw new Failure(`--user ${text}: not a user`, "write UID or UID:GID");
  }
  return { uid, gid };
}

/** Only TERM comes from the host. Later settings win. */
function environment(sets: string[], root: string, uid: number): string[] {
  const vars = new Map([
    ["PATH", PATH],
    ["HOME", lookUpUser(root, uid)?.home ?? (uid === 0 ? "/root" : "/")],
    ["TERM", Deno.env.get("TERM") || "xterm"],
  ]);
  for (const set of sets) {
    const equals = set.indexOf("=");
    if (equals <= 0) {
      throw new Failure(`--env ${set}: no value`, "write --env KEY=VALUE");
    }
    vars.set(set.slice(0, equals), set.slice(equals + 1));
  }
  return [...vars].map(([key, value]) => `${key}=${value}`);
}

function absolute(cwd: string): string {
  if (cwd.startsWith("/")) return cwd;
  throw new Failure(`--cwd ${cwd}: not absolute`, "begin it with /");
}

/** At most 64 bytes (__NEW_UTS_LEN), no white space. */
function hostname(name: string): string {
  if (/^[!-~]{1,64}$/.test(name)) return name;
  throw new Failure(
    `--hostname ${name}: not a host name`,
    "use 1 to 64 printable characters",
  );
}
