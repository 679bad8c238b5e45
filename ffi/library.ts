/**
 * Where the Rust half (`libsandbox_helpers.so`) lies, and its loading.
 *
 * Importing this module opens the library, so what needs no guest (`--help`,
 * `--version`) must not import it. Use the generated functions through here:
 * `import { name } from "../../ffi/library.ts"`.
 */
import { load } from "./bindings.ts";

export * from "./bindings.ts";

/** Set by the single executable before the program runs: a path to dlopen. */
const EMBEDDED = "sandboxLibrary";

/** The library's path: embedded in the executable, or the repository's build. */
export function libraryPath(): string {
  const embedded: unknown = Reflect.get(globalThis, EMBEDDED);
  if (typeof embedded === "string") return embedded;
  const built = new URL(
    "../rust_helpers/target/release/libsandbox_helpers.so",
    import.meta.url,
  );
  return built.pathname;
}

load(libraryPath());
