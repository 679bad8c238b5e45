/** Middle value, and how far the middle half reaches around it. */
export interface Summary {
  median: number;
  min: number;
  /** Half the distance between the quartiles, as a part of the median. */
  spread: number;
}

/** Sums up at least one sample. Throws RangeError if there is none. */
export function summarize(samples: readonly number[]): Summary {
  if (samples.length === 0) throw new RangeError("no samples");
  const sorted = samples.toSorted((a, b) => a - b);
  const median = quantile(sorted, 0.5);
  const half = (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 2;
  return { median, min: sorted[0], spread: median === 0 ? 0 : half / median };
}

/** The geometric mean of positive numbers; NaN if there are none. */
export function geometricMean(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + Math.log(value), 0);
  return Math.exp(sum / values.length);
}

function quantile(sorted: readonly number[], q: number): number {
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)];
  return low + (sorted[Math.ceil(at)] - low) * (at % 1);
}
