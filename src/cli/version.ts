/** The program's version, as `sandbox --version` prints it. */
export const VERSION = "0.1.0";
