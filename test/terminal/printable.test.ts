import { expect, it } from 'vitest'
import { reportText } from '../../src/cli/doctor/report-text.js'
import { listText } from '../../src/commands/list-commands.js'
import { createNotices } from '../../src/run/notices.js'
import { printable, printableOn } from '../../src/terminal/printable.js'

const EVIL = 'a\u001b]0;owned\u0007b\u009b2Jc\rd'
const SHOWN = 'a\\x1b]0;owned\\x07b\\x9b2Jc\\x0dd'

it('shows control characters and keeps lines, tabs and every other character', () => {
  expect(printable(EVIL)).toBe(SHOWN)
  expect(printable('ä\t→ 🎉\n\r\nx')).toBe('ä\t→ 🎉\n\nx')
})

it('leaves data for a pipe as it is', () => {
  expect(printableOn({}, EVIL)).toBe(EVIL)
  expect(printableOn({ isTTY: true }, EVIL)).toBe(SHOWN)
})

it('no notice, list or report of what files say acts on the terminal', () => {
  const lines: string[] = []
  const notices = createNotices((line) => lines.push(line))
  notices.say(EVIL)
  notices.hold()
  notices.say(`held ${EVIL}`)
  notices.release()
  expect(lines).toEqual([`codex-plus: ${SHOWN}\n`, `codex-plus: held ${SHOWN}\n`])
  const row = {
    name: 'x',
    source: 'project',
    kind: 'command',
    path: '/x.md',
    shadowed: false,
    invocable: true,
  } as const
  const list = listText([{ ...row, description: EVIL, argumentHint: EVIL, problem: null }], [EVIL])
  expect(list.split(SHOWN)).toHaveLength(4)
  expect(list).not.toMatch(/(?!\n)\p{Cc}/u)
  expect(reportText([{ topic: 't', level: 'bad', text: EVIL }], 200)).not.toMatch(/(?!\n)\p{Cc}/u)
})
