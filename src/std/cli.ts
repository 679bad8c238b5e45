/**
 * `@std/cli`, carried by npm where JSR is out of reach (README, "JSR").
 * The npm copy has no types; they stand in `cli.d.ts`.
 */
// @ts-types="./cli.d.ts"
export * from "deno-std/cli/parse-args";
