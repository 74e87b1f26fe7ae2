// Numbers of the speed benchmarks: medians and high percentiles of samples, in milliseconds.

/** The p-th percentile (0..1) of `samples`. */
export function percentile(samples, p) {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN
}

/** p50 and p99 as text. */
export function summary(samples) {
  return `${percentile(samples, 0.5).toFixed(2)} / ${percentile(samples, 0.99).toFixed(2)}`
}

/** The differences of samples taken in pairs, so that what the machine did meanwhile falls on both sides. */
export function paired(samples, baseline) {
  return samples.map((value, index) => value - baseline[index])
}

/** Calls every function of `variants` in turn, `rounds` times after `warmup` rounds; samples by name. */
export async function interleave(variants, rounds, warmup = 5) {
  const samples = Object.fromEntries(Object.keys(variants).map((name) => [name, []]))
  for (let round = 0; round < rounds + warmup; round += 1) {
    // The order turns with every round: whoever comes first pays for what the last one left behind.
    const names = Object.keys(variants)
    for (let step = 0; step < names.length; step += 1) {
      const name = names[(step + round) % names.length]
      const value = await variants[name]()
      if (round >= warmup) samples[name].push(value)
    }
  }
  return samples
}

/** Prints a table with aligned columns. */
export function table(title, head, rows) {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => String(row[column]).length)))
  const line = (row) => `| ${row.map((cell, column) => String(cell).padEnd(widths[column])).join(' | ')} |`
  console.log(`\n${title}\n${line(head)}\n|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`)
  for (const row of rows) console.log(line(row))
}
