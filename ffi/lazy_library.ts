/**
 * Opening the library function by function. Deno compiles a trampoline for
 * each function that it opens, some 0.1 ms each, so a hundred of them at once
 * would be a fifth of a sandbox's start. The generated bindings call
 * `(symbols.name ?? open("name"))(…)`: one test more per call, and the call's
 * target is always the same function, so that V8 still makes it a direct one.
 */

// The types of all functions differ; the generated wrappers have the true ones.
// deno-lint-ignore no-explicit-any
type Functions = Record<string, any>;
type Definitions = Record<string, Deno.ForeignFunction>;

let path = "";
let definitions: Definitions = {};
let symbols: Functions = {};

/** As Deno.dlopen, but each function is null until `open` is asked for it. */
export function dlopen(
  path_: string,
  definitions_: Definitions,
): { symbols: Functions } {
  path = path_;
  definitions = definitions_;
  symbols = Object.fromEntries(Object.keys(definitions).map((n) => [n, null]));
  return { symbols };
}

/** Opens one function, for good. Throws if the library has it not. */
export function open(name: string): Functions[string] {
  const library = Deno.dlopen(path, { [name]: definitions[name] });
  const opened = library.symbols[name];
  symbols[name] = opened;
  return opened;
}
