import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CODEX_PLUS, type Lab } from './lab.js'
import { useScene } from './scene.js'
import { LOST_KEYS, openScreen } from './screen.js'

const scene = useScene((lab: Lab) => {
  mkdirSync(join(lab.codexHome, 'prompts'))
  writeFileSync(join(lab.codexHome, 'prompts/ticket.md'), 'Fix $ID: $TITLE, it costs $$5')
})
const CALL = '/prompts:ticket ID=7 TITLE="Two words"'
const EXPANDED = 'Fix 7: Two words, it costs $5'

describe('a prompt file that codex no longer reads', () => {
  it('is called by its old name in exec', async () => {
    expect((await scene.run('exec', CALL)).code).toBe(0)
    expect(JSON.stringify(scene.upstream.turns[0]?.body.input)).toContain(EXPANDED)
  })

  it('says what is missing, and exec fails', async () => {
    const { code, stderr } = await scene.run('exec', '/prompts:ticket ID=7')
    expect(code).toBe(1)
    expect(stderr).toContain('/prompts:ticket needs a value for TITLE.')
    expect(scene.upstream.turns).toHaveLength(0)
  })

  it('is called by its old name in the TUI', LOST_KEYS, async () => {
    const screen = openScreen(scene.lab, CODEX_PLUS, [])
    try {
      await screen.waitFor(/›/)
      await screen.enter(CALL)
      await screen.waitFor(/the answer/)
      const turn = scene.upstream.turns.find(({ body }) => JSON.stringify(body.input).includes(EXPANDED))
      expect(turn).toBeDefined()
    } finally {
      await screen.close()
    }
  })
})
