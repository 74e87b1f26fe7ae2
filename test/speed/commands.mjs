// Expansion of a command where 200 command files lie.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCommandEngine } from '../../dist/commands/command-engine.js'
import { interleave, summary, table, timed } from './measure.mjs'

const turn = { sessionId: '00000000-0000-0000-0000-000000000000', effort: null }

/** Warm: in a process that has expanded before. Cold: the first expansion of a process, after the engine was loaded. */
export async function bench({ rounds }) {
  const root = mkdtempSync(join(tmpdir(), 'codex-plus-bench-'))
  try {
    const project = makeProject(root)
    const options = optionsOf(root, project)
    const expander = createCommandEngine(options)
    const expand = (prompt) => () => timed(() => expander.expand(prompt, turn))
    const warm = await interleave(
      { plain: expand('/c100 a b'), metadata: expand('/team7:c7 a b'), names: () => timed(() => expander.names()) },
      rounds,
    )
    const child = new URL('first-expansion.mjs', import.meta.url).pathname
    const cold = Array.from({ length: Math.min(rounds, 25) }, () => {
      const { stdout, stderr } = spawnSync(process.execPath, [child, JSON.stringify(options)], { encoding: 'utf8' })
      if (stdout === '') throw new Error(stderr)
      return JSON.parse(stdout)
    })
    table(
      'Expansion with 200 command files',
      ['step', 'time'],
      [
        ['warm, a plain command', summary(warm.plain)],
        ['warm, with YAML metadata, in a folder', summary(warm.metadata)],
        ['warm, the names alone (the TUI asks)', summary(warm.names)],
        ['cold, the first expansion of a process', summary(cold.map(({ expand }) => expand))],
        ['cold, loading the engine before it', summary(cold.map(({ load }) => load))],
      ],
    )
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

function optionsOf(root, cwd) {
  const env = { HOME: join(root, 'home'), CODEX_HOME: join(root, 'codex'), PATH: process.env.PATH }
  return { cwd, env, dialect: 'auto', shellTimeoutMs: 10_000 }
}

/** 200 files: half of them plain, half in folders and with metadata that needs a YAML parser. */
function makeProject(root) {
  const project = join(root, 'project')
  const commands = join(project, '.claude/commands')
  mkdirSync(join(project, '.git'), { recursive: true })
  mkdirSync(commands, { recursive: true })
  const body = 'Look at $ARGUMENTS and say what you find.\n'.repeat(40)
  for (let n = 0; n < 200; n += 1) {
    const team = join(commands, `team${n % 10}`)
    mkdirSync(team, { recursive: true })
    if (n >= 100) writeFileSync(join(commands, `c${n}.md`), `---\ndescription: Command ${n}\n---\n${body}`)
    else
      writeFileSync(
        join(team, `c${n}.md`),
        `---\ndescription: "It's ${n}: done"\nallowed-tools: [Read, Grep]\n---\n${body}`,
      )
  }
  return project
}
