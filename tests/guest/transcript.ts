/** Comparing what a guest test said natively and in the sandbox. */

/** Lines of a transcript, without the last newline. */
export function lines(text: string): string[] {
  return text.replace(/\n$/, "").split("\n");
}

/**
 * What is wrong with `actual`, a line each; empty: nothing.
 * @param gaps native lines that may differ, with reasons; each must
 */
export function differences(
  native: readonly string[],
  actual: readonly string[],
  gaps: Readonly<Record<string, string>>,
): string[] {
  const wrong: string[] = [];
  const open = new Set(Object.keys(gaps));
  const passed = new Set<string>();
  for (let i = 0; i < Math.max(native.length, actual.length); i++) {
    const expected = native[i];
    const got = actual[i];
    if (expected === got) {
      if (open.has(expected)) passed.add(expected);
      continue;
    }
    if (expected !== undefined && open.has(expected)) {
      open.delete(expected);
      passed.delete(expected);
      continue;
    }
    wrong.push(`line ${i + 1}: ${show(got)}\n    natively: ${show(expected)}`);
    // Behind a line too many or too few everything differs.
    if (native.length !== actual.length && wrong.length === 5) break;
  }
  for (const line of open) {
    wrong.push(
      passed.has(line)
        ? `no gap any more: ${line}`
        : `a gap that no line has: ${line}`,
    );
  }
  return wrong;
}

function show(line: string | undefined): string {
  return line ?? "(the transcript ends)";
}
