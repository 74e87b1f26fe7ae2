import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findUserTexts } from '../../src/prompt/user-text.js'
import { type ScriptedUpstream, type SeenRequest, says, startScriptedUpstream } from '../fixtures/upstream/scripted.js'
import { fixture } from '../mcp/place.js'
import { toolCall } from './hooks-lab.js'
import { CODEX_PLUS, type Lab, makeLab } from './lab.js'
import { EVERYTHING, FILESYSTEM } from './mcp-calls.js'
import { LOST_KEYS, openScreen } from './screen.js'

const AREAS = ['api', 'db', 'docs', 'frontend/forms', 'frontend/routing', 'infra/ci', 'infra/deploy', 'team']
const EVENTS = ['SessionStart', 'UserPromptSubmit', 'PreToolUse', 'PostToolUse', 'Stop', 'SessionEnd']

let lab: Lab
let upstream: ScriptedUpstream

beforeEach(async () => {
  let called = false
  upstream = await startScriptedUpstream((n, request) => {
    if (isTitle(request) || called) return [says('the answer')]
    called = true
    return [toolCall('code', n, 'exec_command', { cmd: 'echo from the tool' })]
  })
  lab = makeLab('apikey', `openai_base_url = "${upstream.url}"`)
  writeLargeProject(lab)
})
afterEach(async () => {
  lab.remove()
  await upstream.close()
})

/** What a team keeps in `.claude` after a year: 40 commands in nested folders, hooks on six events, three servers. */
function writeLargeProject({ write, project }: Lab): void {
  for (const [index, area] of AREAS.entries()) {
    for (let n = 0; n < 5; n += 1) {
      const heading = `---\ndescription: Does ${area} task ${n}: and says so\nargument-hint: [target] [note]\nallowed-tools: Bash(git status:*), Bash(echo:*)\n---\n`
      const shell = n % 2 === 0 ? `Branch: !\`echo area ${index}\`\n` : ''
      write(`.claude/commands/${area}/task-${n}.md`, `${heading}# ${area} ${n}\n\n${shell}Work on $1 for $ARGUMENTS.\n`)
    }
  }
  const hook = (event: string): object => ({
    ...(event.endsWith('ToolUse') ? { matcher: 'Bash' } : {}),
    hooks: [{ type: 'command', command: `cat >/dev/null; echo ${event} >> "${project}/events.txt"` }],
  })
  write(
    '.claude/settings.json',
    JSON.stringify({ hooks: Object.fromEntries(EVENTS.map((event) => [event, [hook(event)]])) }),
  )
  write(
    '.mcp.json',
    JSON.stringify({
      mcpServers: {
        every: { command: 'node', args: [EVERYTHING] },
        files: { command: 'node', args: [FILESYSTEM, project] },
        own: fixture(),
      },
    }),
  )
}

const events = (): string[] => readFileSync(join(lab.project, 'events.txt'), 'utf8').trim().split('\n')
const isTitle = ({ headers }: SeenRequest): boolean => String(headers['x-codex-turn-metadata']).includes('thread_title')
const prompts = (): string[] =>
  findUserTexts(upstream.turns.find((turn) => !isTitle(turn))?.body ?? {}).map(({ text }) => text)

describe('a project with a large .claude', () => {
  it('works in exec: the command, all six events and all three servers', async () => {
    const result = await lab.run(CODEX_PLUS, ['exec', '/frontend:routing:task-2 header quickly'])
    expect(result).toMatchObject({ code: 0, stdout: 'the answer\n' })
    expect(result.stderr).not.toContain('codex-plus:')
    expect(prompts()).toEqual(['# frontend/routing 2\n\nBranch: area 4\nWork on header for header quickly.\n'])
    expect(events()).toEqual(EVENTS)
    const { stdout } = await lab.run(CODEX_PLUS, ['plus', 'mcp', 'list', '--json'])
    const { servers } = JSON.parse(stdout) as { servers: Array<{ name: string; state: string; tools: number }> }
    expect(servers.map(({ name, state }) => `${name} ${state}`).sort()).toEqual([
      'every ready',
      'files ready',
      'own ready',
    ])
  })

  it('is listed whole, and the doctor has nothing to say against it', async () => {
    const { stdout } = await lab.run(CODEX_PLUS, ['commands', 'list', '--json'])
    const { commands } = JSON.parse(stdout) as { commands: Array<{ source: string; problem: string | null }> }
    expect(commands.filter(({ source }) => source === 'project')).toHaveLength(40)
    expect(commands.filter(({ problem }) => problem !== null)).toEqual([])
    const doctor = await lab.run(CODEX_PLUS, ['plus', 'doctor'])
    expect({ code: doctor.code, bad: doctor.stdout.match(/^BAD.*/gm) }).toEqual({ code: 0, bad: null })
  })

  it('works in the TUI of a narrow terminal, without colours', LOST_KEYS, async () => {
    const screen = openScreen(lab, CODEX_PLUS, [], { NO_COLOR: '1' })
    try {
      screen.resize(60, 24)
      await screen.waitFor(/Ask Codex/)
      await screen.enter('/infra:deploy:task-4 web now')
      await screen.waitFor(/the answer[\s\S]*Worked for/)
      expect(prompts()).toEqual(['# infra/deploy 4\n\nBranch: area 6\nWork on web for web now.\n'])
      await screen.leave()
      expect(events()).toEqual(EVENTS)
    } finally {
      await screen.close()
    }
  })
})
