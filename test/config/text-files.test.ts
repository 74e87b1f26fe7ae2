import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { attachReferences } from '../../src/commands/attach-references.js'
import { discoverCommands } from '../../src/commands/discover-commands.js'
import { readCommand } from '../../src/commands/read-command.js'
import { readSettingsLayers } from '../../src/config/claude-settings.js'
import { readToml } from '../../src/config/toml.js'
import { readTrust } from '../../src/config/trust.js'
import { findServers } from '../../src/mcp/choose-servers.js'

let root: string
let env: NodeJS.ProcessEnv
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'codex-plus-files-')))
  env = { HOME: root, XDG_STATE_HOME: join(root, 'state') }
})
afterEach(() => rmSync(root, { recursive: true }))

const little = (text: string): Buffer => Buffer.from(text, 'utf16le')
/** A text as editors write it. */
const WRITTEN: ReadonlyArray<readonly [name: string, write: (text: string) => Buffer]> = [
  ['UTF-8', (text) => Buffer.from(text)],
  ['UTF-8 with a mark', (text) => Buffer.from(`\ufeff${text}`)],
  ['UTF-16, as PowerShell writes it', (text) => little(`\ufeff${text.replaceAll('\n', '\r\n')}`)],
  ['UTF-16, big, without a mark', (text) => little(text).swap16()],
  ['lines of Windows', (text) => Buffer.from(text.replaceAll('\n', '\r\n'))],
  ['lines of old Macs', (text) => Buffer.from(text.replaceAll('\n', '\r'))],
]
const put = (path: string, bytes: Buffer): string => {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, bytes)
  return file
}

describe.each(WRITTEN)('files in %s', (_, write) => {
  it('settings, servers, commands, TOML, trust lists and attached files are read', () => {
    const project = join(root, 'project')
    mkdirSync(join(project, '.git'), { recursive: true })
    put('.codex/config.toml', write('# ü\n[mcp_servers.own]\nurl = "http://ü"\n'))
    put('state/codex-plus/trusted.json', write(JSON.stringify({ folders: [project, '/é'] }, null, 2)))
    put('project/.claude/settings.json', write('{\n  "env": {\n    "NAME": "é 😀"\n  }\n}\n'))
    put('project/.mcp.json', write('{\n"mcpServers": {\n"é": { "command": "c" } } }\n'))
    put('project/.claude/commands/go.md', write('---\ndescription: Größe\n---\nFirst\nsecond é\n'))
    const notes = put('project/notes.txt', write('one\ntwo é\n'))

    expect(readToml(join(root, '.codex/config.toml'), ['mcp_servers'])).toEqual({
      values: { mcp_servers: { own: { url: 'http://ü' } } },
    })
    expect(readTrust(env)(project)).toBe(true)
    const { layers, problems } = readSettingsLayers({ cwd: project, env, managedFolder: join(root, 'none') })
    expect(layers.find(({ scope }) => scope === 'project')?.values).toEqual({ env: { NAME: 'é 😀' } })
    const found = findServers({ cwd: project, env })
    expect(found.servers.map(({ name, line }) => [name, line()])).toEqual([['é', 3]])
    expect([...problems, ...found.problems]).toEqual([])
    const index = discoverCommands({
      ...{ cwd: project, gitRoot: project, claudeHome: join(root, '.claude'), codexPrompts: join(root, 'prompts') },
      ...{ shipped: null, dialect: 'auto' },
    })
    const file = index.commands.get('go')
    const command = file && readCommand(file)
    expect(command).toMatchObject({ frontMatter: { description: 'Größe' }, bodyLine: 4 })
    expect((command as { body: string }).body.replaceAll('\r\n', '\n')).toBe('First\nsecond é\n')
    const reference = { path: notes, offset: null, limit: null } as never
    const options = { cwd: project, home: root, denies: () => false, maxTokens: 1000 }
    expect(attachReferences([reference], options)).toEqual([{ kind: 'file', path: notes, text: 'one\ntwo é\n' }])
  })
})

it('a file in another encoding is named where its text counts', () => {
  const latin = (text: string): Buffer => Buffer.from(text, 'latin1')
  const settings = put('project/.claude/settings.json', latin('{"env":{"NAME":"é"}}'))
  const servers = put('project/.mcp.json', latin('{"mcpServers":{"srv":{"command":"é"}}}'))
  const cwd = join(root, 'project')
  const lost = 'is neither UTF-8 nor UTF-16: some of its characters are lost. Save it as UTF-8.'
  expect(readSettingsLayers({ cwd, env, managedFolder: join(root, 'none') }).problems).toEqual([`${settings} ${lost}`])
  expect(findServers({ cwd, env }).problems).toContain(`${servers} ${lost}`)
})
