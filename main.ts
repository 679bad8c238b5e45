/** Entry of the sandbox: hands argv to the command line. */
import { main } from "./src/cli/main.ts";

// No top-level await: the single executable runs this as a classic script.
main(Deno.args).then(Deno.exit);
