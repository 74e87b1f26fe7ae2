import type { ShellBlock } from './shell-blocks.js'

/**
 * Texts that ask the model to run the blocks that no rule allows, where the `auto` dialect hands them over: codex has its
 * own sandbox and approvals for what the model runs. A single block stands in its place; several are listed in front, with
 * a reference in each place.
 */
export function handOverTexts(blocks: readonly ShellBlock[]): {
  readonly preface: string
  textOf(block: ShellBlock): string
} {
  const [only] = blocks
  if (only === undefined) return { preface: '', textOf: () => '' }
  if (blocks.length === 1) {
    return {
      preface: '',
      textOf: ({ command }) =>
        `(not run yet: run this shell command first and use its output here: ${fenced(command)})`,
    }
  }
  const list = blocks.map(({ command }, at) => `${at + 1}. ${fenced(command)}`)
  const preface = `These shell commands belong to the instructions below and were not run yet. Run each of them first and use its output where its number stands.\n${list.join('\n')}\n\n`
  return { preface, textOf: (block) => `[output of command ${blocks.indexOf(block) + 1}]` }
}

/** A command of several lines stands in a fence of its own. */
function fenced(command: string): string {
  const mark = '`'.repeat(Math.max(0, ...[...command.matchAll(/`+/g)].map(([run]) => run.length)) + 1)
  if (command.includes('\n')) return `\n${mark.padEnd(3, '`')}sh\n${command}\n${mark.padEnd(3, '`')}\n`
  const space = command.startsWith('`') || command.endsWith('`') ? ' ' : ''
  return `${mark}${space}${command}${space}${mark}`
}
