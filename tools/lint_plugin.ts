/** The project's own lint rules (docs/style: import direction, errno sign). */
const plugin: Deno.lint.Plugin = { name: "sandbox", rules: {} };
export default plugin;
