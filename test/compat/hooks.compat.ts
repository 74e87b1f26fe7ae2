import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { comparableFiles, type RecordedMessage, textsOf } from '../hooks/oracle/compare.js'
import { type ClaudeRun, type CompatCase, runClaude } from './run-claude.js'

interface RecordedCase extends CompatCase {
  readonly expect: {
    readonly result?: ReadonlyArray<{ result?: string; stop_reason: string | null }>
    readonly messages?: readonly RecordedMessage[][]
    readonly created?: Readonly<Record<string, string>>
  }
}

const binary = process.env.COMPAT_CLAUDE ?? ''
const only = process.env.COMPAT_CASES?.split(',') ?? []

/** Cases whose server or settings are not part of the recording. */
const NOT_REPLAYED = new Set(['109-pre-matcher-table-mcp', '170-mcp-tool-hook', '174-cli-settings-hooks'])

function casesOf(folder: string): Array<readonly [string, RecordedCase]> {
  return readdirSync(folder)
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as RecordedCase)
    .filter(({ id }) => !NOT_REPLAYED.has(id) && (only.length === 0 || only.some((start) => id.startsWith(start))))
    .map((oracle) => [oracle.id, oracle] as const)
}

/** A request in the form of a recorded one: texts are strings. */
function recorded({ messages }: ClaudeRun['requests'][number]): RecordedMessage[] {
  return messages.map(({ role, content }) => ({
    role,
    content: (Array.isArray(content) ? content : [content]).map((part: unknown) => {
      const { type, text } = part as { type?: string; text?: string }
      return type === 'text' && text !== undefined ? text : (part as string)
    }),
  }))
}

const folders = { hooks: '../hooks/oracle/cases/', MCP: '../mcp/oracle/cases/' }

describe.each(Object.entries(folders))('%s of Claude Code', (_kind, folder) => {
  it.concurrent.each(casesOf(new URL(folder, import.meta.url).pathname))('%s', async (_id, oracle) => {
    const run = await runClaude(binary, oracle)
    const { result = [], messages = [], created = {} } = JSON.parse(run.fill(JSON.stringify(oracle.expect)))
    const slug = run.root.replace(/[^A-Za-z0-9]/g, '-')
    const named = (text: string): string =>
      text.replaceAll('{{ROOTSLUG}}', slug).replaceAll('{{SESSION_ID}}', '{{UUID0}}')
    const own = ([path]: readonly [string, string]): boolean =>
      path.startsWith('out/') && !/^out\/mcp-.*\.log$/.test(path)
    const files = Object.entries(created as Record<string, string>).map(([path, text]) => [path, named(text)] as const)
    const main = (messages as RecordedMessage[][]).filter((request) => !isSideCall(request)).map(textsOf)
    const got = run.requests.map((request) => textsOf(recorded(request)))
    expect({
      results: run.results.map((end) => end.result),
      requests: got.length,
      // Long histories were recorded from their end, and Claude Code's own reminders were left out.
      missing: main.map((texts, at) => without(texts, got[at] ?? [])),
      extra: got.map((texts, at) => (at === 0 ? without(texts, main[at] ?? []).filter(isHookText) : [])),
      created: comparableFiles([...run.created].filter(own)),
    }).toEqual({
      results: (result as ClaudeRun['results']).map((end) => end.result),
      requests: main.length,
      missing: main.map(() => []),
      extra: got.map(() => []),
      created: comparableFiles(files.filter(own)),
    })
  })
})

/** What hooks say to the model, and no listing that has the word in it. */
function isHookText(text: string): boolean {
  return /^\w+(?::\S+)? hook (?:success|additional|error|blocking|feedback)/.test(text)
}

/** The texts that are not among others, whole or in a reminder, each of those used once. */
function without(texts: readonly string[], others: readonly string[]): string[] {
  const left = [...others]
  return texts.filter((text) => {
    const at = left.findIndex((other) => other.includes(text))
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

function isSideCall(messages: readonly RecordedMessage[]): boolean {
  return textsOf(messages.slice(-1)).some((text) => text.includes('"hook_event_name"'))
}
