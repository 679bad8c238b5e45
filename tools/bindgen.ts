/** The generated half of the FFI: `ffi/bindings.ts`, made by deno_bindgen. */
import { die, ROOT, run } from "./run.ts";

const RELEASE = `${ROOT}/rust_helpers/target/release`;
const BINDINGS = `${ROOT}/ffi/bindings.ts`;

/** Generates the bindings of the built library, as text. */
export function generateBindings(): string {
  const out = Deno.makeTempFileSync({ suffix: ".ts" });
  try {
    const library = `${RELEASE}/libsandbox_helpers.so`;
    const { code, output } = run([`${RELEASE}/bindgen`, library, out], {
      capture: true,
    });
    if (code !== 0) die(`bindgen failed: ${output}`);
    return lazily(withFastLengths(inOrder(Deno.readTextFileSync(out))));
  } finally {
    Deno.removeSync(out);
  }
}

/**
 * A `usize` parameter keeps V8 from calling directly: 154 ns instead of 19. The
 * only ones are lengths of buffers, far below 2^31, and a register that a u32
 * is passed in has zeroes above it then.
 */
function withFastLengths(text: string): string {
  return text.replaceAll("'usize',", "'u32',");
}

/** Whether the committed bindings are those of the built library. */
export function bindingsAreCurrent(): boolean {
  return committedBindings() === generateBindings();
}

/** Writes the bindings if they differ; tells whether it did. */
export function writeBindings(): boolean {
  const text = generateBindings();
  if (committedBindings() === text) return false;
  Deno.writeTextFileSync(BINDINGS, text);
  return true;
}

function committedBindings(): string | null {
  try {
    return Deno.readTextFileSync(BINDINGS);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/**
 * The linker decides in which order the library lists its functions: another
 * compiler, or another partition of the same code, must not change the file.
 */
export function inOrder(text: string): string {
  const symbols = /^ {4}\w+: \{\n[^]*?^ {4}\},\n/gm;
  const functions = /^(?:export )?function [^]*?^\}\n\n/gm;
  return [symbols, functions].reduce(sortBlocks, text);
}

/** Functions get their trampolines when hot: see ffi/lazy_library.ts. */
function lazily(text: string): string {
  const eager = "  const { dlopen } = Deno;\n\n";
  const first = "let symbols: any;\n";
  if (!text.includes(eager) || !text.includes(first)) {
    throw new Error("bindings of another form");
  }
  const imports = 'import { callCold, dlopen } from "./lazy_library.ts";\n\n';
  return text
    .replace(eager, "")
    .replace(first, imports + first)
    .replace(/^ {2}return symbols\.(\w+)\(([^]*?)\)$/gm, withColdCall);
}

function withColdCall(call: string, name: string, args: string): string {
  const all = args.trim() === "" ? `"${name}"` : `"${name}",${args}`;
  return `  if (symbols.${name} === null) return callCold(${all});\n${call}`;
}

/** Sorts the parts of a text that match; they must follow each other. */
function sortBlocks(text: string, pattern: RegExp): string {
  const blocks = text.match(pattern) ?? [];
  const all = blocks.join("");
  if (!text.includes(all)) throw new Error("bindings of another form");
  return text.replace(all, () => blocks.toSorted().join(""));
}
