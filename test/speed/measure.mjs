// Numbers of the speed benchmarks: medians and high percentiles of samples, in milliseconds.

/** The p-th percentile (0..1) of `samples`. */
export function percentile(samples, p) {
  const sorted = samples.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b)
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

/** How noisy the machine was: the middle half and the 99th percentile of differences between two equal samples. */
export function noise(samples, again) {
  const differences = paired(samples, again).map(Math.abs)
  return `±${percentile(differences, 0.5).toFixed(2)} / ±${percentile(differences, 0.99).toFixed(2)}`
}

/** The time `act` takes, in ms. */
export async function timed(act) {
  const begun = performance.now()
  await act()
  return performance.now() - begun
}

/** Calls every function of `variants` in turn, `rounds` times after `warmup` rounds; samples by name. */
export async function interleave(variants, rounds, warmup = 5) {
  const names = Object.keys(variants)
  const samples = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < rounds + warmup; round += 1) {
    // The order turns with every round: whoever comes first pays for what the last one left behind.
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
