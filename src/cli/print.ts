/** Standard output of the sandbox's own commands. */
import { Failure, hostCause } from "./failure.ts";

/** Writes all of `text`; a full disk or closed pipe is a Failure. */
export function print(text: string): void {
  let bytes = new TextEncoder().encode(text);
  try {
    while (bytes.length > 0) {
      bytes = bytes.subarray(Deno.stdout.writeSync(bytes));
    }
  } catch (error) {
    throw new Failure(
      `cannot write to standard output: ${hostCause(error)}`,
      "check where it leads",
    );
  }
}
