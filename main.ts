/** Entry of the sandbox: hands argv to the command line. */
import { main } from "./src/cli/main.ts";

Deno.exitCode = await main(Deno.args);
