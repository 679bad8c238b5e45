/**
 * Where the Rust half (`libsandbox_helpers.so`) lies, and its loading.
 *
 * Importing this module opens the library, so what needs no guest (`--help`,
 * `--version`) must not import it. Use the generated functions through here:
 * `import { name } from "../../ffi/library.ts"`.
 */
import { load } from "./bindings.ts";
import { memoryFile } from "./memory_file.ts";

export * from "./bindings.ts";

/**
 * A path to dlopen: what the single executable has in memory, or what
 * `deno compile` has put into its file system, or the repository's build.
 */
export function libraryPath(): string {
  const inMemory: unknown = Reflect.get(globalThis, "sandboxLibrary");
  if (typeof inMemory === "string") return inMemory;
  const built = new URL(
    "../rust_helpers/target/release/libsandbox_helpers.so",
    import.meta.url,
  ).pathname;
  return Deno.build.standalone ? memoryFile(Deno.readFileSync(built)) : built;
}

load(libraryPath());
