import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { patchUses } from '../../../../src/hooks/codex/translate/patch-files.js'
import {
  type FileChange,
  formatPatch,
  namedFiles,
  parsePatch,
} from '../../../../src/hooks/codex/translate/patch-format.js'

const PATCH = `*** Begin Patch
*** Add File: new.txt
+hello
+world
*** Update File: old.txt
@@ class A
 a
-b
+B

@@
-x
+y
*** End of File
*** Delete File: gone.txt
*** Update File: from.txt
*** Move to: to.txt
@@
-1
+2
*** End Patch`

const CHANGES: FileChange[] = [
  { kind: 'add', path: 'new.txt', lines: ['hello', 'world'] },
  {
    kind: 'update',
    path: 'old.txt',
    to: null,
    hunks: [
      { header: 'class A', old: ['a', 'b', ''], new: ['a', 'B', ''], endOfFile: false },
      { header: null, old: ['x'], new: ['y'], endOfFile: true },
    ],
  },
  { kind: 'delete', path: 'gone.txt' },
  {
    kind: 'update',
    path: 'from.txt',
    to: 'to.txt',
    hunks: [{ header: null, old: ['1'], new: ['2'], endOfFile: false }],
  },
]

describe('a patch of codex', () => {
  it('is read file by file, hunk by hunk', () => {
    expect(parsePatch(PATCH)).toEqual(CHANGES)
  })

  it.each([
    ['with CRLF', PATCH.replaceAll('\n', '\r\n')],
    ['in a here-document', `<<'EOF'\n${PATCH}\nEOF`],
    ['with space around', `\n  ${PATCH}  \n\n`],
    ['with indented markers', PATCH.replace('*** Add File: new.txt', '  *** Add File: new.txt  ')],
  ])('is read as leniently as codex reads it: %s', (_, text) => {
    expect(parsePatch(text)).toEqual(CHANGES)
  })

  it.each(['', 'echo hi', '*** Begin Patch\n*** End Patch', '*** Begin Patch\nnonsense\n*** End Patch'])(
    'is null for what is none: %j',
    (text) => {
      expect(parsePatch(text)).toBeNull()
    },
  )

  it('names its files even where it cannot be read', () => {
    expect(namedFiles(`*** Begin Patch\n?\n*** Add File: a\n  *** Update File:b c\n*** Move to: d\n`)).toEqual([
      'a',
      'b c',
      'd',
    ])
  })

  it('comes out of its text as it went in', () => {
    const line = fc.string({ unit: 'grapheme-ascii', maxLength: 12 })
    const path = fc.stringMatching(/^[\w./-]{1,12}$/)
    const lines = fc.array(line, { minLength: 1, maxLength: 5 })
    const hunk = fc.record({
      header: fc.option(fc.stringMatching(/^\w{1,8}$/), { nil: null }),
      old: lines,
      new: lines,
      endOfFile: fc.boolean(),
    })
    const change: fc.Arbitrary<FileChange> = fc.oneof(
      fc.record({ kind: fc.constant('add' as const), path, lines }),
      fc.record({ kind: fc.constant('delete' as const), path }),
      fc.record({
        kind: fc.constant('update' as const),
        path,
        to: fc.option(path, { nil: null }),
        hunks: fc.array(hunk, { minLength: 1, maxLength: 3 }),
      }),
    )
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        expect(parsePatch(formatPatch(changes))).toEqual(changes)
      }),
    )
  })
})

it.runIf(process.platform !== 'win32')('a patch that deletes a device is shown without its content', () => {
  const uses = patchUses('*** Begin Patch\n*** Delete File: /dev/zero\n*** End Patch', '/')
  expect(uses?.map(({ input }) => input)).toEqual([expect.objectContaining({ file_path: '/dev/zero', old_string: '' })])
})
