/** Which platforms there are, and opening one. */
import type { Platform } from "./platform.ts";
import { SystrapPlatform } from "./systrap/systrap.ts";

/** What a platform may be told. */
export interface PlatformOptions {
  /** Whether system call sites of the guest may be rewritten. */
  patch: boolean;
}

/** Opens a platform. Throws an Error with one line that says what the host refuses. */
export function openPlatform(
  name: "systrap" | "ptrace" | "kvm" | "auto",
  options: PlatformOptions,
): Platform {
  switch (name) {
    case "auto":
    case "systrap":
      return new SystrapPlatform(options);
    default:
      throw new Error(`the ${name} platform is not there yet`);
  }
}
