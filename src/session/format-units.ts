import type { Tokens } from './session-entry.js'

/** Formats a time as `2026-11-25 01:35:12`, in UTC. */
export function formatTime(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ')
}

/** Formats a number with thousands separators. */
export function formatCount(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** Formats a duration in ms with a unit that fits its length. */
export function formatMs(ms: number): string {
  if (ms < 1000) return `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
}

/** Formats a size in bytes with decimal units. */
export function formatSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1e6) return `${(bytes / 1000).toFixed(1)} kB`
  return `${(bytes / 1e6).toFixed(1)} MB`
}

/** Formats token counts, e.g. `1,200 in (800 cached), 90 out`. */
export function formatTokens({ input, cached, output, reasoning }: Tokens): string {
  const parts = [`${formatCount(input)} in${cached > 0 ? ` (${formatCount(cached)} cached)` : ''}`]
  parts.push(`${formatCount(output)} out${reasoning > 0 ? ` (${formatCount(reasoning)} reasoning)` : ''}`)
  return parts.join(', ')
}
