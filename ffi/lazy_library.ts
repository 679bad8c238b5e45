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
const POINTER = { type: "pointer" } as const;

// The types of the functions differ; the generated wrappers have the true ones.
// deno-lint-ignore no-explicit-any
type Value = any;
type Functions = Record<string, ((...args: Value[]) => Value) | null>;
type Definitions = Record<string, Deno.ForeignFunction>;

/** A function that was called, but has no trampoline yet. */
interface Cold {
  call: (...args: Value[]) => Value;
  calls: number;
}

let path = "";
let definitions: Definitions = {};
const symbols: Functions = {};
let addresses: Record<string, unknown> = {};
const cold = new Map<string, Cold>();

/** As Deno.dlopen, but a function is null until it was called often enough. */
export function dlopen(
  path_: string,
  definitions_: Definitions,
): { symbols: Functions } {
  path = path_;
  definitions = definitions_;
  const names = Object.keys(definitions);
  const asPointers: Record<string, { type: "pointer" }> = {};
  for (const name of names) {
    asPointers[name] = POINTER;
    symbols[name] = null;
  }
  addresses = Deno.dlopen(path, asPointers).symbols;
  return { symbols };
}

/** Calls a function that has no trampoline; it may get one. */
export function callCold(name: string, ...args: Value[]): Value {
  const function_ = cold.get(name) ?? firstCall(name);
  if (function_.calls++ < CALLS_BY_POINTER) return function_.call(...args);
  const library = Deno.dlopen(path, { [name]: definitions[name] });
  const opened = library.symbols[name] as (...args: Value[]) => Value;
  symbols[name] = opened;
  return opened(...args);
}

function firstCall(name: string): Cold {
  const pointer = new Deno.UnsafeFnPointer(
    addresses[name] as Deno.PointerObject<Deno.ForeignFunction>,
    definitions[name],
  );
  const function_ = { call: pointer.call.bind(pointer), calls: 0 };
  cold.set(name, function_);
  return function_;
}
