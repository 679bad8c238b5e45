/** From the start of a sandbox with /bin/true in it to its exit. */
import type { Measurement } from "./measurement.ts";
import { output } from "./runner.ts";

export function startup(rounds: number): Measurement {
  const row = "run ROOT -- /bin/true";
  return {
    group: "startup",
    unit: "ms",
    rows: [row],
    rounds,
    suits: (runner) => !runner.unpatched,
    async run(runner) {
      const argv = runner.command("true", []);
      const start = performance.now();
      await output(argv);
      return new Map([[row, performance.now() - start]]);
    },
  };
}
