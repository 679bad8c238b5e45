// The main module of the single executable. The launcher has put the program's
// address and the number of the library's memory file into SANDBOX_BOOT.
// As a classic script with a code cache the program starts in 5 ms; as a module
// it would be parsed anew each time.
const [address, library] = Deno.env.get("SANDBOX_BOOT").split(",");
globalThis.sandboxLibrary = `/proc/self/fd/${library}`;
const program = Deno.UnsafePointer.create(BigInt(address));
const [, failure] = Deno[Deno.internal].core.evalContext(
  Deno.UnsafePointerView.getCString(program),
  "file:///sandbox.js",
);
if (failure !== null) throw failure.thrown;
