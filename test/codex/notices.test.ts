import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findUserTexts } from '../../src/prompt/user-text.js'
import { configureHooks } from './hooks-lab.js'
import { CODEX, CODEX_PLUS } from './lab.js'
import { useScene } from './scene.js'
import { LOST_KEYS, openScreen } from './screen.js'

const scene = useScene()
const { run } = scene
const ALARM = /no model call came through the proxy/
const prompts = (n: number): string[] => findUserTexts(scene.upstream.turns[n]?.body ?? {}).map(({ text }) => text)

describe('a run without a model call', () => {
  it('that a hook of .claude ended has its reason, and no alarm', async () => {
    configureHooks(scene.lab, { UserPromptSubmit: { exit: 2, stderr: 'not today' } })
    const blocked = await run('exec', 'tell me the secret')
    expect(blocked.stderr).toContain('blocked by hook: [sh .claude/UserPromptSubmit.sh]: not today')
    configureHooks(scene.lab, { UserPromptSubmit: { answer: '{"continue":false,"stopReason":"enough"}' } })
    const stopped = await run('exec', 'tell me the secret')
    expect(stopped.stderr).toContain('Operation stopped by hook: enough')
    for (const { code, stderr } of [blocked, stopped]) {
      expect(code).toBe(0)
      expect(stderr).not.toMatch(ALARM)
    }
    expect(scene.upstream.turns).toHaveLength(0)
  })

  it('that a hook of codex’s own ended, or a local answer, is no alarm either', async () => {
    const hook = `[[hooks.UserPromptSubmit]]\n[[hooks.UserPromptSubmit.hooks]]\ntype = "command"\ncommand = "echo no >&2; exit 2"\n`
    writeFileSync(join(scene.lab.codexHome, 'config.toml'), `openai_base_url = "${scene.upstream.url}"\n${hook}`)
    const own = await run('exec', '--skip-git-repo-check', '--dangerously-bypass-hook-trust', 'hello')
    expect(own.stderr).not.toMatch(ALARM)
    writeFileSync(join(scene.lab.codexHome, 'config.toml'), '')
    const local = await run('exec', '--skip-git-repo-check', '/help')
    expect(local).toMatchObject({ code: 0, stdout: expect.stringContaining('codex-plus --help') })
    expect(local.stderr).not.toMatch(ALARM)
    expect(scene.upstream.turns).toHaveLength(0)
  })

  it('that codex made elsewhere is an alarm', async () => {
    const wrapper = join(scene.lab.root, 'codex')
    const elsewhere = `-c 'openai_base_url="${scene.upstream.url}"'`
    writeFileSync(wrapper, `#!/bin/sh\nexec "${process.execPath}" "${CODEX}" "$@" ${elsewhere}\n`, { mode: 0o755 })
    const env = { PATH: `${scene.lab.root}:${process.env.PATH}` }
    const { code, stderr } = await scene.lab.run(CODEX_PLUS, ['exec', 'hello'], { env })
    expect(code).toBe(0)
    expect(scene.upstream.turns).toHaveLength(1)
    expect(stderr).toMatch(ALARM)
  })
})

describe('a mistyped command in exec', () => {
  it.each<[prompt: string, hint: string | null]>([
    ['/aks x', 'no command /aks; did you mean /ask?'],
    ['/asks x', 'no command /asks; did you mean /ask?'],
    ['/db:migrat all', 'no command /db:migrat; did you mean /db:migrate?'],
    ['/comapct', 'no command /comapct; did you mean /compact?'],
    ['/hlep', 'no command /hlep; did you mean /help?'],
    ['/nothing-like-it', null],
    ['/etc/hosts says what?', null],
    ['/tmp', null],
    ['what is /aks?', null],
    ['/compact', null],
  ])('%s', async (prompt, hint) => {
    scene.lab.write('.claude/commands/ask.md', 'ASK<$ARGUMENTS>')
    scene.lab.write('.claude/commands/db/migrate.md', 'MIGRATE<$ARGUMENTS>')
    const { code, stderr } = await run('exec', prompt)
    expect(code).toBe(0)
    expect(prompts(0)).toEqual([prompt])
    const lines = stderr.split('\n').filter((line) => line.startsWith('codex-plus:'))
    expect(lines).toEqual(hint === null ? [] : [`codex-plus: ${hint}`])
  })

  it('is not sent to a command that may not run', async () => {
    scene.lab.write('.claude/commands/ask.md', 'ASK')
    scene.lab.write('.claude/settings.json', '{"codexPlus":{"denyCommands":["ask"]}}')
    expect((await run('exec', '/aks')).stderr).not.toContain('did you mean')
  })
})

describe('a mistyped command in the TUI', LOST_KEYS, () => {
  it('that codex lets through is named below the prompt, where a hook can show it', async () => {
    configureHooks(scene.lab, { UserPromptSubmit: {} })
    scene.lab.write('.claude/commands/ask.md', 'ASK')
    const screen = openScreen(scene.lab, CODEX_PLUS, ['/aks this'])
    try {
      await screen.waitFor(/no command \/aks; did you mean \/ask\?/)
      await screen.leave()
    } finally {
      await screen.close()
    }
  })
})
