import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventFolder } from '../../src/hooks/codex/bridge/event-folder.js'
import { createThreadFolders, type ThreadFolders } from '../../src/prompt/thread-folders.js'
import { itemOf } from '../../src/request/input-item.js'

let root: string
let folders: ThreadFolders
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'codex-plus-folders-')))
  for (const name of ['start', 'one', 'two', 'start/sub']) mkdirSync(join(root, name))
  symlinkSync('start', join(root, 'link'))
  folders = createThreadFolders(join(root, 'start'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

/** A request of a thread that names a folder. */
function read(threadId: string, name: string | null, ofUser = true): void {
  const cwd = name === null ? '' : `  <cwd>${join(root, name)}</cwd>\n`
  const text = `<environment_context>\n${cwd}</environment_context>`
  folders.read({ threadId, ofUser }, [
    itemOf({ type: 'message', role: 'user', content: [{ type: 'input_text', text }] }),
  ])
}
const of = (threadId: string, ...ancestors: string[]): string => folders.of(threadId, ancestors).slice(root.length + 1)
const newest = (): string => folders.newest().slice(root.length + 1)

describe('the folder of a thread', () => {
  it('is the one its requests name; before, that of the thread that was used last', () => {
    expect([of('t'), newest()]).toEqual(['start', 'start'])
    read('t', 'one')
    read('u', 'two')
    expect([of('t'), of('u'), of('unknown'), newest()]).toEqual(['one', 'two', 'two', 'two'])
    // A request that names none is one of the thread where it was.
    read('t', null)
    expect([of('t'), newest()]).toEqual(['one', 'one'])
    read('agent', 'two', false)
    expect([of('agent'), newest()]).toEqual(['two', 'one'])
  })

  it('of a fork or a sub-agent is that of its ancestor until it is known', () => {
    read('parent', 'one')
    read('other', 'two')
    expect(of('child', 'nobody', 'parent')).toBe('one')
  })

  it('is the same by every spelling, and none that does not exist here', () => {
    expect(folders.note('t', join(root, 'link'))).toBe(join(root, 'start'))
    for (const path of [join(root, 'gone'), 'one', 'C:\\windows', 7, undefined]) folders.note('t', path)
    expect(of('t')).toBe('start')
    expect(folders.all()).toEqual([join(root, 'start')])
    mkdirSync(join(root, 'gone'))
    expect(folders.note('t', join(root, 'gone'))).toBe(join(root, 'gone'))
  })

  it('is known once anything has named it', async () => {
    let known = false
    void folders.known.then(() => {
      known = true
    })
    read('t', null)
    await Promise.resolve()
    expect(known).toBe(false)
    read('t', 'one')
    await folders.known
    expect(known).toBe(true)
  })
})

describe('the folder of a hook event', () => {
  const event = (fields: object): string => eventFolder({ session_id: 't', ...fields }, folders).slice(root.length + 1)

  it('is its cwd, but for a tool call', () => {
    expect(event({ cwd: join(root, 'one') })).toBe('one')
    expect(event({ tool_name: 'Bash', cwd: join(root, 'two') })).toBe('one')
    expect(event({ tool_name: 'Bash', cwd: '/' })).toBe('one')
    expect(event({ cwd: join(root, 'two') })).toBe('two')
    expect(event({ tool_name: 'Bash', cwd: join(root, 'one') })).toBe('two')
  })

  it('of a tool call is known from the request that made it', () => {
    read('t', 'one')
    read('elsewhere', 'two')
    expect(event({ tool_name: 'apply_patch', cwd: join(root, 'start/sub') })).toBe('one')
  })

  it('of a sub-agent is its own, else that of its session', () => {
    read('t', 'one')
    expect(event({ agent_id: 'a', tool_name: 'Bash', cwd: '/' })).toBe('one')
    read('a', 'two', false)
    expect(event({ agent_id: 'a', tool_name: 'Bash', cwd: '/' })).toBe('two')
    expect(event({ tool_name: 'Bash', cwd: '/' })).toBe('one')
  })
})
