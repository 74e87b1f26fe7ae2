import type { CommandRow } from '../../commands/list-commands.js'
import type { Module } from '../module.js'

/** Creates `/help [name]`: lists the slash commands, or describes one. */
export function helpModule(rows: () => readonly CommandRow[]): Module {
  return {
    name: 'help',
    aliases: ['plus-help'],
    description: 'The slash commands of this project, or what one of them does',
    argumentHint: '[command]',
    canHandle: (command) => command === 'help' || command === 'plus-help',
    executeLocally(_command, args) {
      const name = args.trim().replace(/^\//, '')
      return name === '' ? overview(rows()) : about(name, rows())
    },
  }
}

/** Groups in display order: the TUI scrolls to the end, so the user's and the project's commands come last. */
const GROUPS: ReadonlyArray<readonly [title: string, sources: readonly CommandRow['source'][]]> = [
  ['codex-plus', ['shipped', 'built-in']],
  ['MCP servers', ['mcp']],
  ['Modules', ['module']],
  ['Your own', ['personal', 'codex']],
  ['This project', ['project']],
]

function overview(all: readonly CommandRow[]): string {
  const rows = all.filter(({ invocable, shadowed, description }) => {
    return invocable && !shadowed && !description.startsWith('the same as /')
  })
  const groups = GROUPS.flatMap(([title, sources]) => {
    const lines = rows.filter(({ source }) => sources.includes(source)).map(line)
    return lines.length === 0 ? [] : [`**${title}**`, '', ...lines, '']
  })
  const problems = all.flatMap(({ problem }) => (problem === null ? [] : [`- ${problem}`]))
  return [
    ...groups,
    ...(problems.length === 0 ? [] : ['**Not usable**', '', ...problems, '']),
    '`/help NAME` describes one command. Where codex has a command of the same name, type a space first: ` /review`.',
    '`codex-plus --help` lists flags and subcommands.',
  ].join('\n')
}

function line({ name, argumentHint, description }: CommandRow): string {
  return `- \`${usage(name, argumentHint)}\` ${shorten(description)}`
}

function usage(name: string, hint: string | null): string {
  return `/${name}${hint === null ? '' : ` ${hint}`}`
}

/** Shortens a description to one line of a list; `/help NAME` shows the whole text. */
function shorten(text: string): string {
  const [first = ''] = text.trim().split('\n')
  return first.length > 100 ? `${first.slice(0, 99).trimEnd()}…` : first
}

function about(name: string, rows: readonly CommandRow[]): string {
  const found = rows.filter((row) => row.name === name)
  if (found.length === 0) return `There is no command \`/${name}\`. \`/help\` lists all commands.`
  return found
    .map((row) =>
      [
        `**${usage(name, row.argumentHint)}**`,
        '',
        row.description,
        '',
        `- from: ${row.source}${row.path === null ? '' : `, \`${row.path}\``}`,
        ...(row.shadowed ? ['- shadowed by another command of this name'] : []),
        ...(row.problem === null ? [] : [`- problem: ${row.problem}`]),
      ].join('\n'),
    )
    .join('\n\n')
}
