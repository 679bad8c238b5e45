// Runs the bundled program once and writes what V8 compiled by its end. Any
// end will do: the guest's failure is not the build's.
import fs from "node:fs";
import vm from "node:vm";

const file = Deno.env.get("WARM_PROGRAM");
const script = new vm.Script(Deno.readTextFileSync(file), {
  filename: "file:///sandbox.js",
});
const exit = Deno.exit;
Deno.exit = (code) => {
  fs.writeFileSync(Deno.env.get("WARM_OUT"), script.createCachedData());
  exit(code);
};
globalThis.sandboxLibrary = Deno.env.get("WARM_LIBRARY");
script.runInThisContext();
