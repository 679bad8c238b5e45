/**
 * Pages that hold the bytes in flight of pipes and sockets. Freed pages are
 * kept for the next user: a write and the read that takes it allocate nothing.
 *
 * @module
 */

/** Bytes in a small page; PIPE_BUF and the guest's page size. */
export const PAGE = 4096;
/** Bytes in a big page, for bulk data in sockets. */
export const BIG_PAGE = 65536;

const pages: Uint8Array[] = [];
const bigPages: Uint8Array[] = [];
/** 4 MiB of each kind are kept at most. */
const MAX_PAGES = 1024;
const MAX_BIG_PAGES = 64;

/** A page of `PAGE` bytes with anything in it. */
export function takePage(): Uint8Array {
  return pages.pop() ?? new Uint8Array(PAGE);
}

/** A page of `BIG_PAGE` bytes with anything in it. */
export function takeBigPage(): Uint8Array {
  return bigPages.pop() ?? new Uint8Array(BIG_PAGE);
}

/** Gives back what either function gave; arrays of other sizes are dropped. */
export function freePage(page: Uint8Array): void {
  if (page.length === PAGE) {
    if (pages.length < MAX_PAGES) pages.push(page);
  } else if (page.length === BIG_PAGE) {
    if (bigPages.length < MAX_BIG_PAGES) bigPages.push(page);
  }
}
