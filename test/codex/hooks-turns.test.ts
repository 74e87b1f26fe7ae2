import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { inlineToml } from '../../src/config/inline-toml.js'
import { trustHash } from '../../src/hooks/codex/bridge/hook-overrides.js'
import { findUserTexts } from '../../src/prompt/user-text.js'
import type { JsonObject } from '../../src/request/request-body.js'
import { says } from '../fixtures/upstream/scripted.js'
import { configureHooks, givenTo, type HooksByEvent, hookAnswer } from './hooks-lab.js'
import { CODEX_PLUS } from './lab.js'
import { useScene } from './scene.js'

const scene = useScene()
const { run } = scene

const input = (n: number): string => JSON.stringify(scene.upstream.turns[n]?.body.input)
const configure = (hooks: HooksByEvent): void => configureHooks(scene.lab, hooks)
const given = (event: string): JsonObject[] => givenTo(scene.lab, event)

describe('a turn', () => {
  it('that a Stop hook blocks goes on, eight times and no more', async () => {
    configure({ Stop: { answer: JSON.stringify({ decision: 'block', reason: 'go on' }) } })
    const result = await run('exec', 'go')
    expect(result.code).toBe(0)
    expect(scene.upstream.turns).toHaveLength(9)
    expect(input(1)).toContain('Stop hook feedback:\\ngo on')
    expect(given('Stop').map((stop) => stop.stop_hook_active)).toEqual([false, ...Array(8).fill(true)])
    expect(result.stderr).toMatch(/8 times in a row/)
  })

  it('whose prompt is blocked sends nothing, and says why', async () => {
    configure({ UserPromptSubmit: { exit: 2, stderr: 'not today' } })
    const result = await run('exec', 'go')
    expect(scene.upstream.turns).toHaveLength(0)
    expect(given('UserPromptSubmit')).toMatchObject([{ prompt: 'go', cwd: scene.lab.project }])
    expect(result.stderr).toMatch(/UserPromptSubmit operation blocked by hook: .*not today/)
  })

  it('begins with the contexts of the session and the prompt', async () => {
    configure({
      SessionStart: { answer: 'printed at the start' },
      UserPromptSubmit: { answer: hookAnswer('UserPromptSubmit', { additionalContext: 'CONTEXT OF THE PROMPT' }) },
      SessionEnd: {},
    })
    await run('exec', 'go')
    expect(input(0)).toContain('printed at the start')
    expect(input(0)).toContain('CONTEXT OF THE PROMPT')
    expect(given('SessionStart')).toMatchObject([{ source: 'startup', hook_event_name: 'SessionStart' }])
    expect(given('SessionEnd')).toMatchObject([{ reason: 'other', prompt_id: expect.any(String) }])
    await run('exec', 'resume', '--last', 'more')
    expect(given('SessionStart')[1]).toMatchObject({ source: 'resume' })
  })

  it('that is ended from outside still ends its session', async () => {
    configure({ SessionEnd: {} })
    scene.script = () => () => new Promise(() => {})
    const child = spawn(process.execPath, [CODEX_PLUS, 'exec', 'go'], {
      cwd: scene.lab.project,
      env: scene.lab.env,
      stdio: 'ignore',
    })
    const ended = new Promise((resolve) => child.once('close', resolve))
    await vi.waitFor(() => expect(scene.upstream.turns).toHaveLength(1), 20_000)
    child.kill('SIGTERM')
    await ended
    expect(given('SessionEnd')).toMatchObject([{ reason: 'other', cwd: scene.lab.project }])
  })

  it('without hooks starts codex as it is', async () => {
    scene.lab.write('.claude/settings.json', '{"permissions":{"allow":["Bash"]}}')
    const result = await run('--plus-log', 'debug', 'exec', 'go')
    expect(result.stderr).not.toContain('hook:')
  })

  it('says so where codex may run no hooks', async () => {
    configure({ UserPromptSubmit: { exit: 2, stderr: 'no' } })
    const result = await run('--disable', 'hooks', 'exec', 'go')
    expect(result).toMatchObject({ code: 0, stdout: 'the answer\n' })
    expect(result.stderr).toMatch(/codex runs no hooks, as its feature `hooks` is switched off/)
  })

  it('without trust, with --plus-no-hooks or in safe mode runs none', async () => {
    configure({ UserPromptSubmit: { exit: 2, stderr: 'no' } })
    for (const flag of ['--plus-no-hooks', '--plus-safe']) {
      expect((await run(flag, 'exec', 'go')).stdout).toBe('the answer\n')
    }
    writeFileSync(join(scene.lab.codexHome, 'config.toml'), `openai_base_url = "${scene.upstream.url}"\n`)
    expect((await run('exec', '--skip-git-repo-check', 'go')).stdout).toBe('the answer\n')
  })
})

describe('a sub-agent', () => {
  it('is an Agent, and its start and stop have events', async () => {
    configure({
      PreToolUse: { matcher: 'Task' },
      SubagentStart: { answer: hookAnswer('SubagentStart', { additionalContext: 'CONTEXT OF THE AGENT' }) },
      SubagentStop: {},
      Stop: {},
    })
    const call = (n: number, name: string, args: JsonObject): JsonObject => ({
      ...{ type: 'function_call', id: `fc_${n}`, call_id: `call_${n}` },
      ...{ name, namespace: 'collaboration', arguments: JSON.stringify(args) },
    })
    let root = 0
    scene.script = (n) => {
      if (scene.upstream.turns[n]?.headers['x-openai-subagent'] !== undefined) return [says('the sub-agent is done')]
      root += 1
      if (root === 1) return [call(n, 'spawn_agent', { task_name: 'one', message: 'do it', fork_turns: 'none' })]
      return root === 2 ? [call(n, 'wait_agent', { timeout_ms: 10_000 })] : [says('all done')]
    }
    expect(await run('exec', 'go')).toMatchObject({ code: 0, stdout: 'all done\n' })
    expect(given('PreToolUse')).toMatchObject([
      { tool_name: 'Agent', tool_input: { description: 'one', subagent_type: 'default' } },
    ])
    const [start] = given('SubagentStart')
    expect(start).toMatchObject({ agent_type: 'default', agent_id: expect.any(String) })
    expect(given('SubagentStop')).toMatchObject([
      { agent_id: start?.agent_id, stop_hook_active: false, last_assistant_message: 'the sub-agent is done' },
    ])
    expect(given('Stop')).toMatchObject([{ last_assistant_message: 'all done' }])
    const turns = JSON.stringify(scene.upstream.turns.map(({ body }) => body.input))
    expect(turns).toContain('CONTEXT OF THE AGENT')
  })
})

describe("the user's own codex hooks", () => {
  const own = (file: string): string => `[{hooks=[{type="command",command="cat > ${file}",timeout=10}]}]`

  it('of the config file keep working, and keep their trust', async () => {
    configure({ Stop: {}, PreToolUse: {} })
    const config = join(scene.lab.codexHome, 'config.toml')
    const handler = { type: 'command', command: `cat > ${scene.lab.root}/own-stop`, timeout: 10, async: false }
    const state = { [`${config}:stop:0:0`]: { trusted_hash: trustHash('Stop', handler) } }
    const hooks = `hooks = ${inlineToml({ Stop: [{ hooks: [handler] }], state })}\n`
    writeFileSync(config, hooks + readFileSync(config, 'utf8'))
    await run('exec', 'go')
    expect(existsSync(join(scene.lab.root, 'own-stop'))).toBe(true)
    expect(given('Stop')).toHaveLength(1)
  })

  it('of the command line are not lost', async () => {
    configure({ Stop: {}, UserPromptSubmit: {} })
    const file = join(scene.lab.root, 'own-stop')
    const result = await run(...['-c', `hooks.Stop=${own(file)}`, '--dangerously-bypass-hook-trust', 'exec', 'go'])
    expect(result.code).toBe(0)
    expect(existsSync(file)).toBe(true)
    expect(given('Stop')).toHaveLength(1)
    expect(given('UserPromptSubmit')).toHaveLength(1)
  })
})

describe('a turn that the server refuses', () => {
  it.each<[string, (response: ServerResponse) => void, string]>([
    ['with a status', (response) => void response.writeHead(400).end('not like this'), 'not like this'],
    [
      'in the stream',
      (response) => {
        const error = { code: 'invalid_prompt', message: 'not like this' }
        const data = JSON.stringify({ type: 'response.failed', response: { id: 'r', error } })
        response.writeHead(200, { 'content-type': 'text/event-stream' }).end(`data: ${data}\n\n`)
      },
      'not like this',
    ],
  ])('%s runs the StopFailure hooks', async (_name, reply, message) => {
    configure({ StopFailure: { matcher: 'invalid_request' }, Stop: {} })
    scene.script = () => reply
    const result = await run('exec', 'go')
    expect(result.code).toBe(1)
    expect(result.stderr).toContain(message)
    expect(given('StopFailure')).toMatchObject([
      {
        hook_event_name: 'StopFailure',
        error: 'invalid_request',
        last_assistant_message: message,
        cwd: scene.lab.project,
        transcript_path: expect.stringMatching(/jsonl$/),
      },
    ])
    expect(given('Stop')).toEqual([])
  })
})

describe('the effort of a turn', () => {
  it('is given to hooks and their environment where codex tells it', async () => {
    configure({ Stop: {} })
    scene.lab.write('.claude/Stop.sh', 'cat >> .claude/Stop.jsonl; printf %s "$CLAUDE_EFFORT" > .claude/effort\n')
    await run('-c', 'model_reasoning_effort="high"', 'exec', 'go')
    expect(given('Stop')).toMatchObject([{ effort: { level: 'high' } }])
    expect(readFileSync(join(scene.lab.project, '.claude/effort'), 'utf8')).toBe('high')
  })
})

describe('pre_input and post_output', () => {
  const texts = (n: number): string[] => findUserTexts(scene.upstream.turns[n]?.body ?? {}).map(({ text }) => text)

  it('work on what goes to the model and on what comes back, resume included', async () => {
    scene.lab.write(
      '.claude/hooks/pre_input.mjs',
      'export const preInput = ({ prompt }) => ({ prompt: prompt + " please" })',
    )
    scene.lab.write(
      '.claude/hooks/post_output.py',
      'import sys\nfor line in sys.stdin:\n    print(line.replace("the answer", "THE ANSWER").rstrip("\\n"), flush=True)\n',
    )
    scene.lab.write('.claude/commands/ask.md', 'BridgeContext: $ARGUMENTS')
    expect((await run('exec', '/ask it')).stdout).toBe('THE ANSWER\n')
    expect(texts(0)).toEqual(['BridgeContext: it please'])
    expect((await run('exec', 'resume', '--last', 'more')).stdout).toBe('THE ANSWER\n')
    expect(texts(1)).toEqual(['BridgeContext: it please', 'more please'])
    expect(input(1)).toContain('THE ANSWER')
  })

  it('hold a prompt back', async () => {
    scene.lab.write('.claude/hooks/pre_input.sh', `echo '{"block":"no secrets"}'`)
    expect((await run('exec', 'my secret')).stdout).toBe('no secrets\n')
    expect(scene.upstream.turns).toHaveLength(0)
  })
})
