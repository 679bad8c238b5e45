/** Random UUIDs of /proc/sys/kernel/random. */
import { randomBytes } from "../../../random.ts";

const bytes = new Uint8Array(16);

/** A new UUID, version 4. */
export function newUuid(): string {
  randomBytes(bytes);
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, "0"));
  const part = (from: number, to: number) => hex.slice(from, to).join("");
  return [part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 16)]
    .join("-");
}

let boot: string | null = null;

/** The UUID of this sandbox. */
export function bootId(): string {
  return boot ??= newUuid();
}
