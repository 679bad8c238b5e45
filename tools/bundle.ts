/** The whole program as one classic script, for the single executable. */
import { build, type BuildOptions, type Plugin } from "esbuild";
import { die, ROOT } from "./run.ts";

/**
 * Bundles main.ts: minified, ASCII, as a function that is called at once. Names
 * are kept, so that a stack in a bug report can be read.
 */
export async function bundle(): Promise<string> {
  const result = await build(options).catch((error) => die(error.message));
  return result.outputFiles[0].text;
}

/** Marks what the import map has dealt with. */
const MAPPED = "mapped";

const options: BuildOptions & { write: false } = {
  entryPoints: [`${ROOT}/main.ts`],
  absWorkingDir: ROOT,
  bundle: true,
  write: false,
  format: "iife",
  target: "esnext",
  charset: "ascii",
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: "none",
  // Modules are strict; a script has to say it.
  banner: { js: '"use strict";' },
  logLevel: "warning",
  define: { "import.meta.url": '"file:///sandbox.js"' },
  plugins: [importMap()],
};

/** deno.json's imports; npm ones lie in node_modules. */
function importMap(): Plugin {
  const config = JSON.parse(Deno.readTextFileSync(`${ROOT}/deno.json`));
  const imports: Record<string, string> = config.imports;
  return {
    name: "import-map",
    setup(build) {
      build.onResolve({ filter: /^[@a-z]/ }, (args) => {
        const target = imports[args.path];
        // The second time it is esbuild's own to find, in node_modules.
        if (target === undefined || args.pluginData === MAPPED) return null;
        if (target.startsWith(".")) {
          return { path: new URL(target, `file://${ROOT}/`).pathname };
        }
        return build.resolve(withoutVersion(target), {
          kind: args.kind,
          resolveDir: ROOT,
          pluginData: MAPPED,
        });
      });
    },
  };
}

/** `npm:@scope/name@1.2.3/file.js` → `@scope/name/file.js`. */
export function withoutVersion(specifier: string): string {
  return specifier.replace(/^npm:(@?[^@]+)@[^/]+/, "$1");
}
