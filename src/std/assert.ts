/**
 * `@std/assert`, carried by npm where JSR is out of reach (README, "JSR").
 * The npm copy has no types; they stand in `assert.d.ts`.
 */
// @ts-types="./assert.d.ts"
export * from "deno-std/assert";
