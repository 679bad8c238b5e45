/**
 * The project's own lint rules: imports go one way, the Sentry is synchronous,
 * raw pointers stay in ffi/, an errno is returned negative.
 */

/** Rooms from the top down: a file imports from its own or a lower one. */
const ROOMS = ["cli", "oci", "sentry", "platform", "ffi"];

/** Rooms without rank: any room may use them, they use none of the ranked. */
const SHARED = ["abi", "log", "std"];

const directions: Deno.lint.Rule = {
  create(context) {
    const here = roomOf(context.filename);
    const check = (node: Deno.lint.Node, specifier: unknown) => {
      const there = typeof specifier === "string"
        ? roomOf(resolve(context.filename, specifier))
        : null;
      if (here === null || there === null || here === there) return;
      if (SHARED.includes(there)) return;
      if (SHARED.includes(here)) {
        context.report({ node, message: `${here} may not use ${there}` });
      } else if (ROOMS.indexOf(there) < ROOMS.indexOf(here)) {
        context.report({
          node,
          message: `${here} may not import ${there}`,
          hint: `Imports go ${ROOMS.join(" → ")}.`,
        });
      }
    };
    return {
      ImportDeclaration: (node) => check(node, node.source.value),
      ExportNamedDeclaration: (node) => check(node, node.source?.value),
      ExportAllDeclaration: (node) => check(node, node.source.value),
      ImportExpression: (node) =>
        check(node, node.source.type === "Literal" ? node.source.value : null),
    };
  },
};

const synchronous: Deno.lint.Rule = {
  create(context) {
    if (roomOf(context.filename) !== "sentry") return {};
    if (context.filename.endsWith("_test.ts")) return {};
    const refuse = (node: Deno.lint.Node, what: string) =>
      context.report({ node, message: `no ${what} in src/sentry` });
    const checkFunction = (node: Deno.lint.Node & { async: boolean }) => {
      if (node.async) refuse(node, "async function");
    };
    return {
      FunctionDeclaration: checkFunction,
      FunctionExpression: checkFunction,
      ArrowFunctionExpression: checkFunction,
      AwaitExpression: (node) => refuse(node, "await"),
      Identifier(node) {
        if (node.name === "Promise" || node.name === "BigInt") {
          refuse(node, node.name);
        }
      },
      Literal(node) {
        if (typeof node.value === "bigint") refuse(node, "BigInt");
      },
    };
  },
};

const rawPointers: Deno.lint.Rule = {
  create(context) {
    const room = roomOf(context.filename);
    if (room === "ffi" || room === null) return {};
    return {
      MemberExpression(node) {
        if (node.object.type !== "Identifier" || node.object.name !== "Deno") {
          return;
        }
        const name = node.property.type === "Identifier"
          ? node.property.name
          : "";
        if (name === "dlopen" || name.startsWith("Unsafe")) {
          context.report({ node, message: `Deno.${name} only in ffi/` });
        }
      },
    };
  },
};

const negativeErrno: Deno.lint.Rule = {
  create(context) {
    return {
      ReturnStatement(node) {
        const value = node.argument;
        if (value?.type !== "Identifier" || !ERRNO.test(value.name)) return;
        context.report({
          node,
          message: `an errno is returned negative: -${value.name}`,
          fix: (fixer) => fixer.insertTextBefore(value, "-"),
        });
      },
    };
  },
};

const ERRNO = /^E(?!POLL|OF$)[A-Z0-9]{2,}$/;

/** The room of an absolute file name, or null outside of the rooms. */
function roomOf(file: string): string | null {
  const found = /\/(?:src\/([a-z]+)|(ffi))\/[^]*$/.exec(file);
  const room = found?.[1] ?? found?.[2] ?? null;
  return room !== null && [...ROOMS, ...SHARED].includes(room) ? room : null;
}

/** Relative specifiers become absolute; others stay and have no room. */
function resolve(from: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  return new URL(specifier, `file://${from}`).pathname;
}

const plugin: Deno.lint.Plugin = {
  name: "sandbox",
  rules: {
    directions,
    synchronous,
    "raw-pointers": rawPointers,
    "negative-errno": negativeErrno,
  },
};
export default plugin;
