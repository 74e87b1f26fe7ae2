import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { discoverCommands } from '../../src/commands/discover-commands.js'
import { expandPrompt } from '../../src/commands/expand-prompt.js'
import type { Expansion } from '../../src/commands/expansion.js'
import { readClaudeSettings } from '../../src/config/claude-settings.js'
import { folderTrust } from '../../src/config/trust.js'
import { gitRoot } from '../../src/paths.js'
import { type OracleCase, stage } from './oracle/case.js'

const folder = new URL('oracle/cases/', import.meta.url).pathname
const cases = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as OracleCase)

/** Cases that are not matched, each with its reason. */
const LEFT: Readonly<Record<string, string>> = {
  '295-bash-timeout':
    'names the path of a task file of Claude Code; that of codex-plus is elsewhere (run-shell-block.test.ts)',
}

/** Runs a case through the engine in the `claude` dialect. */
async function run(oracle: OracleCase): Promise<{ got: object; wanted: object }> {
  const place = stage(oracle)
  try {
    const env = { ...process.env, HOME: place.home, ...oracle.env }
    for (const name of ['CLAUDE_CONFIG_DIR', 'XDG_STATE_HOME'])
      if (!oracle.env?.[name]) delete (env as NodeJS.ProcessEnv)[name]
    const root = gitRoot(place.cwd)
    const index = discoverCommands({
      cwd: place.cwd,
      gitRoot: root,
      claudeHome: join(place.home, '.claude'),
      codexPrompts: null,
      shipped: null,
      dialect: 'claude',
    })
    const trusted = folderTrust(place.cwd, root, env).trusted
    const expansion = await expandPrompt(place.fill(oracle.prompt), {
      cwd: place.cwd,
      projectDir: place.cwd,
      home: place.home,
      env,
      dialect: 'claude',
      sessionId: '{{SESSION_ID}}',
      effort: 'high',
      index,
      settings: readClaudeSettings({ cwd: place.cwd, env, projectAllowCounts: trusted, projectCounts: true }),
      // Claude Code's `-p`, which was recorded, runs what untrusted projects say.
      trusted: true,
      shellTimeoutMs: 120_000,
      outputFolder: join(place.root, 'out', 'kept'),
    })
    return { got: comparable(expansion), wanted: wantedOf(oracle, place.fill) }
  } finally {
    place.remove()
  }
}

function comparable({ outcome, text, attachments }: Expansion): object {
  if (outcome === 'local') return { outcome }
  return { outcome, text, attachments: attachments.flatMap(comparableAttachment) }
}

function comparableAttachment(attachment: Expansion['attachments'][number]): object[] {
  if (attachment.kind === 'file') return [{ kind: 'file', path: attachment.path, text: attachment.text }]
  // An empty directory was recorded as a row of kind "other".
  if (attachment.kind === 'directory' && attachment.entries.length === 0) return []
  if (attachment.kind === 'directory') return [{ ...attachment, entries: [...attachment.entries].sort() }]
  if (attachment.kind === 'resource') return [attachment]
  return [{ kind: 'image', mediaType: attachment.mediaType }]
}

function wantedOf({ expect: { outcome, text, attachments } }: OracleCase, fill: (text: string) => string): object {
  if (outcome === 'local') return { outcome }
  const rows = (JSON.parse(fill(JSON.stringify(attachments ?? []))) as Array<Record<string, unknown>>)
    // A file row without a text is the announcement of the image that follows.
    .filter(({ kind, text: body }) => kind !== 'other' && !(kind === 'file' && body === undefined))
    .map(({ kind, path, text: body, entries, mediaType }) => {
      if (kind === 'file') return { kind, path, text: body }
      return kind === 'directory' ? { kind, path, entries } : { kind, mediaType }
    })
  return { outcome, text: text?.map(fill), attachments: rows }
}

describe('recorded cases of Claude Code 2.1.332', () => {
  it.concurrent.each(cases.filter(({ id }) => LEFT[id] === undefined).map((oracle) => [oracle.id, oracle] as const))(
    '%s',
    async (_id, oracle) => {
      const { got, wanted } = await run(oracle)
      expect(got).toEqual(wanted)
    },
  )

  it('leaves no more than three of a hundred, each by name and with a reason', () => {
    expect(Object.keys(LEFT).every((id) => cases.some((oracle) => oracle.id === id))).toBe(true)
    expect(Object.keys(LEFT).length / cases.length).toBeLessThan(0.03)
  })
})
