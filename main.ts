/** Entry of the sandbox: hands argv to the command line. */
import { main } from "./src/cli/main.ts";

// No top-level await: the single executable runs this as a classic script.
// In a turn of its own, for an error's stack costs 50 ms while the function that
// is the whole executable's program is on it: V8 parses it anew for its lines.
Promise.resolve(Deno.args).then(main).then(Deno.exit);
