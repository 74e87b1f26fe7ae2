import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCommand } from '../../../src/hooks/run/command-hook.js'
import { scaled } from '../../time.js'
import { commands, makePlace, type Place } from '../place.js'

const payload = { session_id: 's1', cwd: '/', tool_name: 'Bash', tool_input: { command: 'ls' } }

describe('a command hook that misbehaves', () => {
  let place: Place
  beforeEach(() => {
    place = makePlace()
  })
  afterEach(() => place.remove())

  function run(
    command: string,
    { timeoutMs = 5000, args = null as string[] | null, signal = undefined as AbortSignal | undefined } = {},
  ) {
    const action = { type: 'command', command, args, shell: '/bin/sh', async: false } as const
    const { project, env } = place
    const how = { projectDir: project, callCwd: '/', env, timeoutMs, signal }
    return runCommand(action, JSON.stringify(payload), how)
  }

  it('hangs: it is ended with all it started, and the turn goes on at its timeout', async () => {
    const mark = `${4_000 + process.pid}.125`
    const begun = performance.now()
    const reply = await run(`sleep ${mark} & sleep ${mark}; echo late`, { timeoutMs: 300 })
    expect(performance.now() - begun).toBeLessThan(scaled(8000))
    expect(reply).toMatchObject({ timedOut: true, exitCode: null, failure: 'took longer than 0.3 s' })
    await expect.poll(() => running(mark), { timeout: scaled(20_000) }).toEqual([])
  })

  it('does not heed SIGTERM: it is killed', async () => {
    const mark = `${5_000 + process.pid}.125`
    const reply = await run(`trap '' TERM; while :; do sleep ${mark}; done`, { timeoutMs: 200 })
    expect(reply.timedOut).toBe(true)
    await expect.poll(() => running(mark), { timeout: scaled(20_000) }).toEqual([])
  })

  it('leaves a child in the background that keeps its output open: nobody waits for it, and it ends at the timeout', async () => {
    const mark = `${6_000 + process.pid}.125`
    const begun = performance.now()
    const reply = await run(`sleep ${mark} & echo out`, { timeoutMs: scaled(4000) })
    expect(performance.now() - begun).toBeLessThan(scaled(3900))
    expect(reply).toMatchObject({ stdout: 'out\n', exitCode: 0, timedOut: false })
    await expect.poll(() => running(mark), { timeout: scaled(20_000) }).toEqual([])
  })

  it('prints 50 MB: it ends, and what is kept is bounded', async () => {
    const reply = await run('head -c 52428800 /dev/zero | tr "\\0" x; echo done >&2', { timeoutMs: 20_000 })
    expect(reply).toMatchObject({ exitCode: 0, stderr: 'done\n' })
    expect(reply.stdout.length).toBe(4 * 1024 * 1024)
    expect(reply.truncated).toBe(true)
  })

  it('closes its stdin early', async () => {
    const action = {
      type: 'command',
      command: 'exec <&-; echo ok',
      args: null,
      shell: '/bin/sh',
      async: false,
    } as const
    const { project, env } = place
    const large = JSON.stringify({ text: 'x'.repeat(4 * 1024 * 1024) })
    const how = { projectDir: project, callCwd: project, env, timeoutMs: 10_000, signal: undefined }
    expect(await runCommand(action, large, how)).toMatchObject({ stdout: 'ok\n', exitCode: 0 })
  })

  it('is ended by a signal', async () => {
    expect(await run('kill -SEGV $$')).toMatchObject({
      exitCode: null,
      failure: 'was ended by SIGSEGV',
      timedOut: false,
    })
  })

  it('deletes its own file', async () => {
    const file = place.write('hook.sh', '#!/bin/sh\nrm -- "$0"; echo gone')
    expect(await run(`sh '${file}'`)).toMatchObject({ stdout: 'gone\n', exitCode: 0 })
    expect(existsSync(file)).toBe(false)
    expect(await run(`sh '${file}'`)).toMatchObject({ exitCode: expect.any(Number), stdout: '' })
  })

  it('is not there', async () => {
    expect(await run('/no/such/program')).toMatchObject({ exitCode: 127 })
    const direct = await run('/no/such/program', { args: [] })
    expect(direct.failure).toBe('could not be started: no such program')
    expect((await run('a\0b', { args: [] })).failure).toContain('could not be started')
  })

  it('is cancelled', async () => {
    const mark = `${7_000 + process.pid}.125`
    const abort = new AbortController()
    setTimeout(() => abort.abort(), 100)
    expect(await run(`sleep ${mark}`, { signal: abort.signal })).toMatchObject({
      failure: 'was cancelled',
      timedOut: false,
    })
    await expect.poll(() => running(mark), { timeout: scaled(20_000) }).toEqual([])
  })

  it('works in a folder that is gone: in that of the call', async () => {
    const action = { type: 'command', command: 'pwd', args: null, shell: '/bin/sh', async: false } as const
    const { project, env } = place
    const how = { projectDir: join(project, 'gone'), callCwd: project, env, timeoutMs: 5000, signal: undefined }
    expect((await runCommand(action, '{}', how)).stdout).toBe(`${project}\n`)
  })

  it('is started without a shell where it has args', async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of Claude Code's
    const reply = await run('printf', { args: ['%s|', '$HOME', '${CLAUDE_PROJECT_DIR}/x y', ';'] })
    expect(reply.stdout).toBe(`$HOME|${place.project}/x y|;|`)
  })

  it('has no terminal, and its input is one line', async () => {
    const reply = await run('cat; (exec </dev/tty) 2>/dev/null || echo none')
    expect(reply.stdout).toBe(`${JSON.stringify(payload)}\nnone\n`)
  })
})

describe('a command hook', () => {
  let place: Place
  beforeEach(() => {
    place = makePlace()
  })
  afterEach(() => place.remove())
  const run = async (command: string, shell: '/bin/sh' | 'bash', env: NodeJS.ProcessEnv = {}): Promise<string> => {
    const action = { type: 'command', command, args: null, shell, async: false } as const
    const how = { projectDir: place.project, callCwd: '/', timeoutMs: 5000, signal: undefined }
    return (await runCommand(action, '{"a":1}', { ...how, env: { ...place.env, ...env } })).stdout
  }

  it.each(['/bin/sh', 'bash'] as const)('of %s sees nothing that start files print', async (shell) => {
    const noise = place.write('noise.sh', 'echo NOISE')
    place.write('home/.bashrc', 'echo NOISE')
    const env = { BASH_ENV: noise, ENV: noise, SHLVL: '0', SSH_CLIENT: '127.0.0.1 1 2', HOME: join(place.root, 'home') }
    expect(await run(`echo one; bash -c 'echo two'; sh -c 'echo three'`, shell, env)).toBe('one\ntwo\nthree\n')
  })

  it('can open its stdin by name, as often as it likes', async () => {
    expect(await run('cat /dev/stdin; cat /dev/stdin; cat', 'bash')).toContain('{"a":1}\n')
  })

  it("runs in the session's folder, wherever the call works", async () => {
    place.write('project/.claude/hooks/g.sh', '#!/bin/sh\npwd')
    expect(await run('sh ./.claude/hooks/g.sh', '/bin/sh')).toBe(`${place.project}\n`)
  })
})

describe('the environment of a hook', () => {
  it('says what Claude Code says', async () => {
    const place = makePlace({ PreToolUse: commands('env | sort > "$ROOT/env"; pwd > "$ROOT/pwd"') })
    place.write('project/.claude/settings.local.json', { env: { MINE: 'yes' } })
    try {
      const { project } = place
      await place.engine().run('PreToolUse', { ...payload, cwd: '/', effort: { level: 'high' } })
      const env = readFileSync(join(place.root, 'env'), 'utf8').split('\n')
      expect(env).toEqual(
        expect.arrayContaining([
          `CLAUDE_PROJECT_DIR=${project}`,
          'CLAUDECODE=1',
          'CLAUDE_CODE_SESSION_ID=s1',
          'CLAUDE_EFFORT=high',
          'MINE=yes',
        ]),
      )
      expect(env.some((line) => line.startsWith('CLAUDE_ENV_FILE='))).toBe(false)
      expect(readFileSync(join(place.root, 'pwd'), 'utf8')).toBe(`${project}\n`)
    } finally {
      place.remove()
    }
  })

  it('has a file for variables when a session starts, inside the folder for them whatever the session is called', async () => {
    const place = makePlace({
      SessionStart: commands('echo "$CLAUDE_ENV_FILE" > "$ROOT/file"; echo x > "$CLAUDE_ENV_FILE"'),
    })
    try {
      const envFolder = join(place.root, 'variables')
      await place.engine({ envFolder }).run('SessionStart', { session_id: '../../s', source: 'startup' })
      const file = readFileSync(join(place.root, 'file'), 'utf8').trim()
      expect(file).toBe(join(envFolder, '______s', 'sessionstart-hook-0.sh'))
      expect(readFileSync(file, 'utf8')).toBe('x\n')
    } finally {
      place.remove()
    }
  })
})

/** The processes whose arguments hold a mark. */
function running(mark: string): string[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n')
  return lines.filter((line) => line.includes(`sleep ${mark}`))
}
