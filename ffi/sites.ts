/** Judging system call sites: see rust_helpers/src/sites.rs. */
export { judge_site as judgeSite } from "./library.ts";
