export function median(measured: readonly number[]): number {
  const sorted = measured.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
