import { EIO } from "../../abi/linux/errno.ts";

/** What the loader asks of a file: its bytes. */
export interface ProgramFile {
  /** Size in bytes. */
  readonly size: number;
  /**
   * Copies `length` bytes at `offset` into `bytes` at `at`; 0 or -errno. Bytes
   * past the end are zero.
   */
  read(offset: number, bytes: Uint8Array, at: number, length: number): number;
}

/** Fills `bytes` from `offset` on. 0, or -EIO where the file is too short. */
export function readExactly(
  file: ProgramFile,
  offset: number,
  bytes: Uint8Array,
): number {
  if (!(offset + bytes.length <= file.size)) return -EIO;
  return file.read(offset, bytes, 0, bytes.length);
}
