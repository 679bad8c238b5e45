/** What ends a command with one line on standard error. */

/** Exit codes of the sandbox itself, as env, runc and docker use them. */
export const EXIT_SANDBOX = 125;

/** The message is `<cause>; <remedy>`, without the program's name. */
export class Failure extends Error {
  readonly exitCode: number;

  constructor(cause: string, remedy: string, exitCode = EXIT_SANDBOX) {
    super(`${cause}; ${remedy}`);
    this.exitCode = exitCode;
  }
}

/** A short cause for a failed host operation. */
export function hostCause(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such file or directory";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (error instanceof Deno.errors.NotADirectory) return "not a directory";
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, " ").replace(/ \(os error \d+\).*/, "");
}
