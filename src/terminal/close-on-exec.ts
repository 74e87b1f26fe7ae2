import { ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'

interface SpawnOptions {
  stdio?: unknown
}
type Spawn = (this: ChildProcess, options: SpawnOptions) => unknown

/**
 * Hides the PTY master from the programs that this process starts; returns a function that undoes it.
 * node-pty 1.1.0 leaves it open across exec. A helper that outlives this process would then keep the PTY open, and codex
 * would get no SIGHUP when its terminal is gone. Node cannot set FD_CLOEXEC, so each child gets /dev/null in its place.
 */
export function hideFromChildren(descriptor: number): () => void {
  const prototype = ChildProcess.prototype as unknown as { spawn: Spawn }
  const original = prototype.spawn
  const nothing = openSync('/dev/null', 'r')
  const concealing: Spawn = function (options) {
    return original.call(this, { ...options, stdio: withoutDescriptor(options.stdio, descriptor, nothing) })
  }
  prototype.spawn = concealing
  return () => {
    if (prototype.spawn === concealing) prototype.spawn = original
    closeSync(nothing)
  }
}

function withoutDescriptor(stdio: unknown, descriptor: number, nothing: number): unknown {
  const list: unknown[] = Array.isArray(stdio) ? [...stdio] : Array(3).fill(stdio ?? 'pipe')
  if (list[descriptor] !== undefined && list[descriptor] !== null && list[descriptor] !== 'ignore') return stdio
  while (list.length < descriptor) list.push('ignore')
  list[descriptor] = nothing
  return list
}
