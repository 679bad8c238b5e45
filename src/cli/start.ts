/** Opens the platform, boots the Sentry, waits for its end. */
import type { Platform } from "../platform/platform.ts";
import type { SandboxConfig } from "../sentry/config.ts";
import { Failure, hostCause } from "./failure.ts";
import type { Parsed } from "./flags.ts";
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
  const { openLog } = await import("./log.ts");
  const log = openLog(config);
  const { boot, BootError } = await import("../sentry/boot.ts");
  const platform = await openPlatform(name, !flags.has("no-patch"));
  try {
    return boot(config, platform, log);
  } catch (error) {
    if (!(error instanceof BootError)) throw error;
    throw new Failure(error.cause_, error.remedy, error.exitCode);
  }
}

async function openPlatform(
  name: PlatformName,
  patch: boolean,
): Promise<Platform> {
  const { openPlatform } = await import("../platform/detect.ts");
  try {
    return openPlatform(name, { patch });
  } catch (error) {
    throw new Failure(
      `cannot open the ${name} platform: ${hostCause(error)}`,
      "see README, Limits",
    );
  }
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
