/** Where directory entries go: getdents' buffer or a list. Types are DT_* of abi/linux/dirent.ts. */

/** DT_* of an st_mode. */
export function direntType(mode: number): number {
  return (mode >>> 12) & 15;
}

export interface DirSink {
  /**
   * Takes an entry. False if it does not fit: then the caller stops and its
   * offset stays in front of this entry.
   * @param name binary string
   * @param type DT_*
   * @param next offset of the entry after this one (d_off)
   */
  emit(name: string, ino: number, type: number, next: number): boolean;
}
