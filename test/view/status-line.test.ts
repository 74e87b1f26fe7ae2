import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NO_TOKENS } from '../../src/session/session-summary.js'
import { findStatusLine, runStatusLine, statusInput } from '../../src/view/status-line.js'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'codex-plus-status-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function write(path: string, command: unknown, type = 'command'): string {
  const file = join(root, path)
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, JSON.stringify({ statusLine: { type, command } }))
  return file
}
const find = (trusted = true) =>
  findStatusLine({ cwd: join(root, 'project'), env: { HOME: join(root, 'home') }, trusted })

describe('which status line', () => {
  it('the strongest file has it; a project only in a trusted folder', () => {
    expect(find()).toBeNull()
    const user = write('home/.claude/settings.json', 'user')
    const local = write('project/.claude/settings.local.json', 'local')
    write('project/.claude/settings.json', 'project')
    expect(find()).toEqual({ command: 'local', source: local })
    expect(find(false)).toEqual({ command: 'user', source: user })
    write('project/.claude/settings.local.json', 5)
    expect(find()?.command).toBe('project')
    write('project/.claude/settings.json', 'x', 'static')
    expect(find()?.command).toBe('user')
  })
})

describe('running it', () => {
  const facts = {
    threadId: 't',
    model: 'm',
    cwd: '/w',
    projectDir: '/',
    version: '1',
    tokens: { ...NO_TOKENS, input: 7 },
    totalMs: 5,
    apiMs: 3,
  }
  const run = (command: string, signal = new AbortController().signal) =>
    runStatusLine(command, statusInput(facts), { cwd: root, env: process.env, signal })

  it("gives it Claude Code's JSON and takes the first line, without colours", async () => {
    const words = "'\\x1b[31m' + i.model.id + '\\x1b[0m', i.workspace.current_dir, i.context_window.total_input_tokens"
    const script = `const i = JSON.parse(require("fs").readFileSync(0)); console.log(${words.replaceAll("'", '"')}); console.log("more")`
    expect(await run(`"${process.execPath}" -e '${script}'`)).toBe('m /w 7')
    expect(await run("printf '\\033]8;;http://x\\033\\\\link\\033]8;;\\033\\\\ end'")).toBe('link end')
  })

  it('is silent where it fails, prints nothing, reads nothing or is called off', async () => {
    expect(await run('echo out; exit 3')).toBeNull()
    expect(await run('true')).toBeNull()
    expect(await run('echo fine')).toBe('fine')
    const abort = new AbortController()
    const running = run('sleep 5; echo late', abort.signal)
    abort.abort()
    expect(await running).toBeNull()
  })
})
