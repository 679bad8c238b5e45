/** Entry of the sandbox: hands argv to the command line. */
import { main } from "./src/cli/main.ts";

Deno.exit(await main(Deno.args));
