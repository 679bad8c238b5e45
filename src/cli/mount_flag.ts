/** `--mount type=bind|tmpfs,src=,dst=,ro`. */
import type { MountConfig } from "../sentry/config.ts";
import { Failure, hostCause } from "./failure.ts";

/** Reads one `--mount` value; checks that a bind's source is there. */
export function parseMount(spec: string): MountConfig {
  const fields = new Map<string, string>();
  for (const part of spec.split(",")) {
    const equals = part.indexOf("=");
    const key = equals < 0 ? part : part.slice(0, equals);
    if (!KEYS.includes(key)) bad(spec, `unknown field "${key}"`);
    fields.set(key, equals < 0 ? "" : part.slice(equals + 1));
  }
  const dst = fields.get("dst") ?? "";
  if (!dst.startsWith("/")) bad(spec, "dst must be an absolute path");
  const readonly = fields.has("ro");
  switch (fields.get("type")) {
    case "tmpfs":
      if (fields.has("src")) bad(spec, "a tmpfs has no src");
      return { type: "tmpfs", dst, readonly };
    case "bind":
      return { type: "bind", src: source(spec, fields), dst, readonly };
    default:
      return bad(spec, "type must be bind or tmpfs");
  }
}

const KEYS = ["type", "src", "dst", "ro"];

function source(spec: string, fields: Map<string, string>): string {
  const src = fields.get("src") ?? "";
  if (src === "") bad(spec, "a bind needs src");
  try {
    return Deno.realPathSync(src);
  } catch (error) {
    throw new Failure(
      `cannot mount ${src}: ${hostCause(error)}`,
      "name a host file or directory",
    );
  }
}

function bad(spec: string, cause: string): never {
  throw new Failure(
    `--mount ${spec}: ${cause}`,
    "write type=bind,src=HOST,dst=DIR[,ro] or type=tmpfs,dst=DIR",
  );
}
