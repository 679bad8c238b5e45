/**
 * Limits: linux/limits.h, linux/binfmts.h.
 *
 * @module
 */

export const NGROUPS_MAX = 65536;
export const ARG_MAX = 131072;
export const LINK_MAX = 127;
export const MAX_CANON = 255;
export const MAX_INPUT = 255;
export const NAME_MAX = 255;
export const PATH_MAX = 4096;
export const PIPE_BUF = 4096;
export const RTSIG_MAX = 32;
/** Links that one path walk follows before ELOOP. */
export const MAXSYMLINKS = 40;
/** execve(2): bytes of one argument, and the number of arguments. */
export const MAX_ARG_STRLEN = 131072;
export const MAX_ARG_STRINGS = 0x7fffffff;
/** Bytes of a program file that execve(2) looks at for `#!`. */
export const BINPRM_BUF_SIZE = 256;
/** Process numbers: default of kernel.pid_max, and its bound. */
export const PID_MAX_DEFAULT = 32768;
export const PID_MAX_LIMIT = 4194304;
/** fs.nr_open: what RLIMIT_NOFILE may be raised to. */
export const NR_OPEN_DEFAULT = 1048576;
/** fs.pipe-max-size, and a pipe's first size. */
export const PIPE_MAX_SIZE = 1048576;
export const PIPE_DEF_SIZE = 65536;
/** Bounds of an oom_score_adj. */
export const OOM_SCORE_ADJ_MIN = -1000;
export const OOM_SCORE_ADJ_MAX = 1000;
