/** Texts of the host's own /proc that describe the machine. */

/** Contents of a host file, or `instead` where it can't be read. */
export function hostText(path: string, instead: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return instead;
  }
}
