import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { commands, makePlace, type Place } from '../../hooks/place.js'
import { scaled } from '../../time.js'

const program = new URL('../../../bin/codex-plus.js', import.meta.url).pathname

describe('codex-plus hooks', () => {
  let place: Place
  beforeEach(() => {
    place = makePlace({
      PreToolUse: [
        { matcher: 'Bash', hooks: [{ type: 'command', command: 'cat > "$ROOT/seen"; echo no >&2; exit 2' }] },
      ],
      PostToolUse: [{ hooks: [{ type: 'command' }] }],
      Setup: commands('true'),
    })
  })
  afterEach(() => place.remove())

  function run(args: string[], input = '') {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'hooks', ...args], {
      cwd: place.project,
      env: { ...place.env, NO_COLOR: '1' },
      input,
      encoding: 'utf8',
    })
    return { status, stdout, stderr }
  }

  it('lists every hook, what serves it, and what does not run', () => {
    const { hooks, problems } = JSON.parse(run(['list', '--json']).stdout)
    const file = join(place.project, '.claude/settings.json')
    expect(hooks).toMatchObject([
      {
        event: 'PreToolUse',
        matcher: 'Bash',
        type: 'command',
        source: file,
        servedBy: expect.any(String),
        runs: false,
      },
      { event: 'Setup', servedBy: null, why: expect.stringContaining('not trusted') },
    ])
    expect(problems).toEqual([
      expect.stringMatching(/settings\.json:\d+: hooks\.PostToolUse\[0\]\.hooks\[0\] has no command\./),
    ])
    execFileSync(process.execPath, [program, 'plus', 'trust'], { cwd: place.project, env: place.env })
    const text = run(['list']).stdout
    expect(text).toContain('PreToolUse Bash  [cat > "$ROOT/seen"; echo no >&2; exit 2]')
    expect(text).toContain('skipped: this event cannot be served: codex has no --init')
  })

  it('runs the hooks of an event and prints the contract', () => {
    const payload = { session_id: 's1', cwd: place.project, tool_name: 'Bash', tool_input: { command: 'ls' } }
    const { stdout, stderr, status } = run(['run', 'PreToolUse', '--json', '--trust'], JSON.stringify(payload))
    expect(status).toBe(0)
    const outcome = JSON.parse(stdout)
    const command = 'cat > "$ROOT/seen"; echo no >&2; exit 2'
    expect(outcome).toEqual({
      blocked: true,
      reason: `[${command}]: no\n`,
      decision: 'deny',
      updatedInput: null,
      additionalContext: [],
      systemMessages: [],
      continue: true,
      stopReason: null,
      runs: [
        {
          command,
          source: join(place.project, '.claude/settings.json'),
          exitCode: 2,
          ms: expect.any(Number),
          outcome: 'blocked',
        },
      ],
    })
    expect(stderr).toContain('has no command')
    expect(run(['run', 'PreToolUse', '--trust'], JSON.stringify(payload)).stdout).toContain(
      `told: PreToolUse:Bash hook error: [${command}]: no`,
    )
  })

  it('says which hooks a folder without trust keeps from running', () => {
    const { stdout, stderr } = run(['run', 'PreToolUse', '--json'], '{"tool_name":"Bash"}')
    expect(JSON.parse(stdout)).toMatchObject({ blocked: false, runs: [] })
    expect(stderr).toContain('a PreToolUse hook is skipped: the folder is not trusted')
  })

  it('ends its hooks when it is ended', async () => {
    const mark = `${8_000 + process.pid}.125`
    place.write('home/.claude/settings.json', {
      hooks: { Stop: commands(`trap '' TERM; echo started >> "$ROOT/started"; while :; do sleep ${mark}; done`) },
    })
    const child = spawn(process.execPath, [program, 'hooks', 'run', 'Stop'], {
      cwd: place.project,
      env: place.env,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    child.stdin.end('{}')
    await expect.poll(() => existsSync(join(place.root, 'started')), { timeout: scaled(20000) }).toBe(true)
    const ended = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)))
    child.kill('SIGTERM')
    expect(await ended).toBe('SIGTERM')
    const running = (): boolean =>
      execFileSync('ps', ['-eo', 'args='], { encoding: 'utf8' }).includes(`sleep ${mark}\n`)
    await expect.poll(running, { timeout: scaled(20000) }).toBe(false)
  })

  it.each([
    ['preToolUse', 'there is no event preToolUse; did you mean PreToolUse?'],
    ['Zzz', 'there is no event Zzz.'],
  ])('says that an event is none: %s', (event, message) => {
    const { status, stdout, stderr } = run(['run', event, '--json'], '{}')
    expect(stderr).toContain(message)
    expect(JSON.parse(stdout)).toMatchObject({ runs: [] })
    expect(status).toBe(0)
  })

  it('says once that a file is broken', () => {
    place.write('home/.claude/settings.json', '{broken')
    expect(run(['run', 'Stop'], '{}').stderr.match(/not valid JSON/g)).toHaveLength(1)
  })

  it('says what is wrong with a payload', () => {
    expect(run(['run', 'Stop'], '{"a":\n}')).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('stdin:2: the payload is not valid JSON'),
    })
    expect(run(['run', 'Stop'], '[]')).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('not a JSON object'),
    })
  })
})
