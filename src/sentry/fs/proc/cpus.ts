/** The CPUs that guests see: those of the host that the sandbox may use, by the host's numbers. */
import * as ffi from "../../../../ffi/mod.ts";

const mask = new Uint8Array(128);
let cpus: number[] | null = null;

/** Numbers of the CPUs, in order. */
export function cpuNumbers(): readonly number[] {
  if (cpus !== null) return cpus;
  const found = cpusOfSet(
    mask.subarray(0, Math.max(0, ffi.hostAffinity(mask))),
  );
  return cpus = found.length > 0 ? found : [0];
}

/** Numbers in a set of CPUs as sched_setaffinity(2) takes it. */
export function cpusOfSet(set: Uint8Array): number[] {
  const found: number[] = [];
  for (let i = 0; i < set.length * 8; i++) {
    if ((set[i >> 3] & (1 << (i & 7))) !== 0) found.push(i);
  }
  return found;
}

/** Numbers as the kernel writes lists: "0-3,8". */
export function formatList(numbers: readonly number[]): string {
  let text = "";
  for (let i = 0; i < numbers.length; i++) {
    const first = numbers[i];
    while (i + 1 < numbers.length && numbers[i + 1] === numbers[i] + 1) i++;
    if (text !== "") text += ",";
    text += numbers[i] === first ? first : `${first}-${numbers[i]}`;
  }
  return text;
}

/** Numbers as the kernel writes masks: hexadecimal groups of 32 bits, the highest first. */
export function formatMask(numbers: readonly number[]): string {
  const words: number[] = [];
  for (const n of numbers) {
    const i = n >> 5;
    while (words.length <= i) words.push(0);
    words[i] = (words[i] | (1 << (n & 31))) >>> 0;
  }
  words.reverse();
  const groups = words.map((w, i) =>
    w.toString(16).padStart(i === 0 ? 1 : 8, "0")
  );
  return groups.join(",");
}

export function cpuList(): string {
  return formatList(cpuNumbers());
}

export function cpuMask(): string {
  return formatMask(cpuNumbers());
}
