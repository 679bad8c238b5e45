/**
 * What the kernel tells programs about the CPU, taken from the auxiliary
 * vector that the host gave this process.
 *
 * @module
 */
import {
  AT_HWCAP,
  AT_HWCAP2,
  AT_MINSIGSTKSZ,
  Auxv,
  HWCAP2_FSGSBASE,
} from "../../abi/linux/auxv.ts";

export interface HostCpu {
  /** AT_HWCAP: EDX of CPUID leaf 1. */
  readonly hwcap: number;
  /** AT_HWCAP2, without FSGSBASE: on some platforms GS is not the guest's. */
  readonly hwcap2: number;
  /** AT_MINSIGSTKSZ: bytes of the largest signal frame. */
  readonly minSigStack: number;
}

/** Values of any x86-64 CPU with AVX-512, for a host that hides its own. */
const DEFAULTS: HostCpu = {
  hwcap: 0x078bfbff,
  hwcap2: 0,
  minSigStack: 3632,
};

let known: HostCpu | null = null;

export function hostCpu(): HostCpu {
  return known ??= readHostCpu();
}

function readHostCpu(): HostCpu {
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync("/proc/self/auxv");
  } catch {
    return DEFAULTS;
  }
  const values = new Map<number, number>();
  for (let at = 0; at + Auxv.size <= bytes.length; at += Auxv.size) {
    const entry = Auxv.at(bytes, at);
    values.set(entry.a_type, entry.a_un);
  }
  return {
    hwcap: values.get(AT_HWCAP) ?? DEFAULTS.hwcap,
    hwcap2: (values.get(AT_HWCAP2) ?? 0) & ~HWCAP2_FSGSBASE,
    minSigStack: values.get(AT_MINSIGSTKSZ) ?? DEFAULTS.minSigStack,
  };
}
