import { expect, it } from 'vitest'
import { createNotices, type Notices } from '../../src/run/notices.js'

function open(): { notices: Notices; lines: string[] } {
  const lines: string[] = []
  return { notices: createNotices((line) => lines.push(line)), lines }
}

it('says a line at once, and the same line only once', () => {
  const { notices, lines } = open()
  for (const line of ['a', 'b', 'a']) notices.say(line)
  expect(lines).toEqual(['codex-plus: a\n', 'codex-plus: b\n'])
})

it('keeps lines back while the terminal is codex’s, and says them in order after it', () => {
  const { notices, lines } = open()
  notices.say('before')
  notices.hold()
  for (const line of ['1', 'before', '2', '1']) notices.say(line)
  expect(lines).toEqual(['codex-plus: before\n'])
  notices.release()
  expect(lines.slice(1)).toEqual(['codex-plus: 1\n', 'codex-plus: 2\n'])
  notices.release()
  notices.say('after')
  expect(lines.slice(3)).toEqual(['codex-plus: after\n'])
})

it('can be held again', () => {
  const { notices, lines } = open()
  notices.hold()
  notices.release()
  notices.hold()
  notices.say('x')
  expect(lines).toEqual([])
  notices.release()
  expect(lines).toEqual(['codex-plus: x\n'])
})

it('keeps what the TUI can show for a hook’s answer, else for after it', () => {
  const { notices, lines } = open()
  notices.tell('at once')
  notices.hold()
  notices.tell('shown')
  notices.tell('shown')
  notices.say('said')
  expect(notices.take()).toEqual(['shown'])
  notices.tell('never asked for')
  notices.release()
  expect(lines).toEqual(['codex-plus: at once\n', 'codex-plus: said\n', 'codex-plus: never asked for\n'])
  expect(notices.take()).toEqual([])
})
