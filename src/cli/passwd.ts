/** The root's own /etc/passwd, for a user's home and group. */

/** The fields of a passwd line that the sandbox uses. */
export interface PasswdEntry {
  gid: number;
  home: string;
}

/** The entry of `uid`, or null where there is none (or no readable file). */
export function lookUpUser(root: string, uid: number): PasswdEntry | null {
  for (const line of passwdText(root).split("\n")) {
    const [, , id, gid, , home] = line.split(":");
    if (id !== undefined && /^\d+$/.test(id) && Number(id) === uid) {
      return { gid: Number(gid), home: home?.startsWith("/") ? home : "/" };
    }
  }
  return null;
}

/** A link in the root must not make us read a file outside of it. */
function passwdText(root: string): string {
  try {
    const base = Deno.realPathSync(root).replace(/\/$/, "");
    const path = Deno.realPathSync(`${base}/etc/passwd`);
    if (!path.startsWith(`${base}/`)) return "";
    if (!Deno.statSync(path).isFile) return "";
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
