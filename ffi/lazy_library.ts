/**
 * Opening the library without delay. For each function that Deno.dlopen opens it
 * compiles a trampoline, some 0.1 ms each: for a hundred of them a fifth of a
 * sandbox's start. A call through a pointer needs none but takes 1 us instead
 * of 0.01. So a function is called by pointer first, and opened when it was
 * called as often as its trampoline costs.
 *
 * The generated bindings keep the two ways apart: a call site always has the
 * same target, and V8 makes it a direct call.
 */

const CALLS_BY_POINTER = 100;

// The types of the functions differ; the generated wrappers have the true ones.
// deno-lint-ignore no-explicit-any
type Value = any;
type Functions = Record<string, ((...args: Value[]) => Value) | null>;
type Definitions = Record<string, Deno.ForeignFunction>;

/** A function that has no trampoline yet. */
interface Cold {
  call: (...args: Value[]) => Value;
  calls: number;
}

let path = "";
let definitions: Definitions = {};
const symbols: Functions = {};
const cold = new Map<string, Cold>();

/** As Deno.dlopen, but a function is null until it was called often enough. */
export function dlopen(
  path_: string,
  definitions_: Definitions,
): { symbols: Functions } {
  path = path_;
  definitions = definitions_;
  const names = Object.keys(definitions);
  const addresses = Deno.dlopen(
    path,
    Object.fromEntries(names.map((n) => [n, { type: "pointer" }] as const)),
  );
  for (const name of names) {
    const pointer = new Deno.UnsafeFnPointer(
      addresses.symbols[name] as Deno.PointerObject<Deno.ForeignFunction>,
      definitions[name],
    );
    symbols[name] = null;
    cold.set(name, { call: pointer.call.bind(pointer), calls: 0 });
  }
  return { symbols };
}

/** Calls a function that has no trampoline; it may get one. */
export function callCold(name: string, ...args: Value[]): Value {
  const function_ = cold.get(name);
  if (function_ === undefined) throw new Error(`no function ${name}`);
  if (function_.calls++ < CALLS_BY_POINTER) return function_.call(...args);
  const library = Deno.dlopen(path, { [name]: definitions[name] });
  const opened = library.symbols[name] as (...args: Value[]) => Value;
  symbols[name] = opened;
  return opened(...args);
}
