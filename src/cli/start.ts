/** Opens the platform, boots the Sentry, waits for its end. */
import type { SandboxConfig } from "../sentry/config.ts";
import { Failure } from "./failure.ts";
import type { Parsed } from "./flags.ts";
import { startLog } from "./log.ts";
import { PLATFORMS } from "./sandbox_flags.ts";

type PlatformName = typeof PLATFORMS[number];

/**
 * Runs the sandbox; gives the guest's exit code, 128+n when a signal ended it.
 * The Sentry is loaded only here: help and usage errors do without it.
 */
export async function start(
  config: SandboxConfig,
  flags: Parsed,
): Promise<number> {
  const name = platformName(flags);
  startLog(config);
  const { openPlatform } = await import("../platform/detect.ts");
  const { boot } = await import("../sentry/boot.ts");
  const platform = openPlatform(name, { patch: !flags.has("no-patch") });
  return boot(config, platform);
}

function platformName(flags: Parsed): PlatformName {
  const name = flags.value("platform") ?? Deno.env.get("SANDBOX_PLATFORM") ??
    "auto";
  const known = PLATFORMS.find((p) => p === name);
  if (known === undefined) {
    throw new Failure(
      `unknown platform ${name}`,
      `use one of ${PLATFORMS.join(", ")}`,
    );
  }
  if (known === "ptrace" || known === "kvm") {
    throw new Failure(
      `the ${known} platform is not there yet`,
      "use --platform=systrap",
    );
  }
  return known;
}
