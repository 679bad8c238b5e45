/**
 * Extended attributes: linux/xattr.h, linux/limits.h.
 *
 * @module
 */

import { struct } from "../struct.ts";

export const XATTR_CREATE = 1;
export const XATTR_REPLACE = 2;
export const XATTR_NAME_MAX = 255;
export const XATTR_SIZE_MAX = 65536;
export const XATTR_LIST_MAX = 65536;

/** struct xattr_args of setxattrat(2), linux/xattr.h (Linux 6.13). */
export const XattrArgs = struct({ value: "ptr", size: "u32", flags: "u32" });
