/** CPU time and memory of a process and all its descendants, from /proc. */

/** Process ids: `root` and what descends from it now. */
export function processTree(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = read(`/proc/${name}/stat`);
    // The command's name, in parentheses, may hold anything.
    const parent = Number(stat.slice(stat.lastIndexOf(")")).split(" ")[2]);
    children.set(parent, [...children.get(parent) ?? [], Number(name)]);
  }
  const tree = [root];
  for (let i = 0; i < tree.length; i++) {
    tree.push(...children.get(tree[i]) ?? []);
  }
  return tree;
}

/** Nanoseconds that each thread has run, by thread id. */
export function cpuTimes(pids: readonly number[]): Map<string, number> {
  const times = new Map<string, number>();
  for (const pid of pids) {
    for (const task of entries(`/proc/${pid}/task`)) {
      const text = read(`/proc/${pid}/task/${task}/schedstat`);
      if (text !== "") times.set(task, Number(text.split(" ")[0]));
    }
  }
  return times;
}

/** Nanoseconds that the threads of `after` have run since `before`. */
export function cpuTimeSince(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): number {
  let total = 0;
  for (const [task, time] of after) total += time - (before.get(task) ?? 0);
  return total;
}

/** Proportional set size in bytes: shared pages are divided by who shares. */
export function proportionalSize(pids: readonly number[]): number {
  let total = 0;
  for (const pid of pids) {
    const found = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`));
    total += Number(found?.[1] ?? 0) * 1024;
  }
  return total;
}

function entries(path: string): string[] {
  try {
    return [...Deno.readDirSync(path)].map((entry) => entry.name);
  } catch {
    return [];
  }
}

/** A process may be gone meanwhile: then "". */
function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
