// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are what is expanded, not templates.
import { expect, it } from 'vitest'
import { expandVariables } from '../../src/mcp/expand-variables.js'

const env = { MYV: 'val', EMPTY: '', HOME: '/home/me' }

// As recorded from Claude Code 2.1.197.
it.each([
  ['${MYV}', 'val'],
  ['$MYV', '$MYV'],
  ['${UNSET}', '${UNSET}'],
  ['${UNSET:-dflt}', 'dflt'],
  ['${MYV:-dflt}', 'val'],
  ['${UNSET:-}', ''],
  ['${UNSET-d}', '${UNSET-d}'],
  ['${EMPTY:-d}', ''],
  ['a${MYV}b${MYV}', 'avalbval'],
  ['${A:-${MYV}}', '${MYV}'],
  ['${MYV:+alt}', '${MYV:+alt}'],
  ['$${MYV}', '$val'],
  ['\\${MYV}', '\\val'],
  ['${UNSET:-a:-b}', 'a:-b'],
  ['${constructor} ${__proto__} ${toString:-x}', '${constructor} ${__proto__} x'],
  ['~ * %MYV% ${1} ${}', '~ * %MYV% ${1} ${}'],
])('%s', (written, read) => {
  expect(expandVariables(written, env)).toBe(read)
})
