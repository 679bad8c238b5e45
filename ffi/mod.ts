/** The host, as the Sentry and the platforms see it. One module a concern. */
export * from "./host_fs.ts";
export * from "./clock.ts";
export * from "./memory.ts";
export * from "./memory_info.ts";
export * from "./systrap.ts";
export * from "./tty.ts";
export * from "./wait.ts";
export * from "./sites.ts";
