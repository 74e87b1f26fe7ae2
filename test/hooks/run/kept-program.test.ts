import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { withKeptPrograms } from '../../../src/hooks/run/kept-program.js'

let root = ''
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe('a hook program that has changed since the session began', () => {
  it.each(['plain', 'John Doe', 'a$HOME', "it's", 'a"b', 'a\\b', 'a`b'])(
    'runs as it was, with the copy below %s',
    (name) => {
      root = mkdtempSync(join(tmpdir(), 'codex-plus-kept-'))
      const copy = join(root, name, '1/hooks/guard.sh')
      mkdirSync(dirname(copy), { recursive: true })
      writeFileSync(copy, 'echo "kept $1"\n')
      const commands = [
        'sh .claude/hooks/guard.sh x',
        'sh "$CLAUDE_PROJECT_DIR"/.claude/hooks/guard.sh x',
        'sh "$CLAUDE_PROJECT_DIR/.claude/hooks/guard.sh" x',
        "sh './.claude/hooks/guard.sh' x",
        'echo "it said: $(sh "$CLAUDE_PROJECT_DIR/.claude/hooks/guard.sh" x)" | cut -c 10-',
        `echo "\\"" >/dev/null; sh .claude/hooks/guard.sh x`,
      ]
      for (const command of commands) {
        const changed = withKeptPrograms(command, root, () => copy)
        const env = { ...process.env, CLAUDE_PROJECT_DIR: '/nowhere' }
        expect(execFileSync('/bin/sh', ['-c', changed], { env, encoding: 'utf8' }), changed).toBe('kept x\n')
      }
    },
  )
})
