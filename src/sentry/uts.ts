/**
 * Which Linux the Sentry says it is: uname(2), /proc/version and the like.
 *
 * @module
 */

export const UTS_SYSNAME = "Linux";
export const UTS_RELEASE = "6.12.0-sandbox";
export const UTS_VERSION =
  "#1 SMP PREEMPT_DYNAMIC Sun Nov 17 22:15:08 UTC 2024";
export const UTS_MACHINE = "x86_64";

/** What personality(2)'s UNAME26 makes of the release: 2.6.60 and up. */
export function release26(): string {
  const [, minor, rest] = /^\d+\.(\d+)[\d.]*(.*)$/.exec(UTS_RELEASE)!;
  return `2.6.${60 + Number(minor)}${rest}`;
}

/** The line of /proc/version, without its end. */
export function versionLine(): string {
  return `${UTS_SYSNAME} version ${UTS_RELEASE} (sandbox) ${UTS_VERSION}`;
}
