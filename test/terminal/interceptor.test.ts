import { describe, expect, it } from 'vitest'
import { silentLog } from '../../src/log/log.js'
import { intercept, type TerminalInterceptor } from '../../src/terminal/interceptor.js'
import { run } from './outer.js'

const through = (input: TerminalInterceptor['input']) => {
  const written: string[] = []
  const between = intercept({ output() {}, resize() {}, input }, (bytes) => written.push(bytes.toString()), silentLog)
  return { written, type: (text: string) => between.input(Buffer.from(text)) }
}
const soon = (ms = 0) => new Promise((resolve) => setTimeout(resolve, ms))

describe('an interceptor', () => {
  it('costs no turn of the event loop when it answers at once', () => {
    const { written, type } = through((bytes) => bytes)
    type('a')
    type('b')
    expect(written).toEqual(['a', 'b'])
  })

  it('keeps the order while an answer is awaited', async () => {
    const { written, type } = through((bytes) =>
      bytes.toString() === 'b' ? soon(20).then(() => Buffer.from('B')) : bytes,
    )
    for (const text of ['a', 'b', 'c', 'b', 'd']) type(text)
    expect(written).toEqual(['a'])
    await soon(100)
    expect(written.join('')).toBe('aBcBd')
  })

  it('that throws or rejects is dropped, and what was typed goes on', async () => {
    const thrown = through(() => {
      throw new Error('broken')
    })
    thrown.type('a')
    thrown.type('b')
    expect(thrown.written).toEqual(['a', 'b'])
    const rejected = through(() => Promise.reject(new Error('broken')))
    rejected.type('a')
    rejected.type('b')
    await soon()
    expect(rejected.written).toEqual(['a', 'b'])
  })

  it('that never answers does not swallow the keys', async () => {
    const { written, type } = through((bytes) => (bytes.toString() === 'a' ? new Promise<Buffer>(() => {}) : bytes))
    type('a')
    type('b')
    await soon(3100)
    expect(written).toEqual(['a', 'b'])
  })

  it('sees the output and the size, and changes the input of a real run', async () => {
    const terminal = run(['hex'], { RUNNER_MODE: 'slow' })
    await terminal.until('READY')
    terminal.type('a')
    await terminal.until('61;')
    terminal.type('!')
    await soon(20)
    terminal.type('bq')
    await terminal.exit
    expect(terminal.text().replaceAll(';', '')).toContain(`61${Buffer.from('<late>bq').toString('hex')}`)
    terminal.report()
    expect(terminal.report()).toContainEqual({ cols: 90, rows: 31 })
    expect(terminal.report().some((line) => Number(line.output) > 0)).toBe(true)
  })

  it('that is broken costs a real run nothing', async () => {
    const terminal = run(['hex'], { RUNNER_MODE: 'broken' })
    await terminal.until('READY')
    terminal.type('abq')
    expect((await terminal.exit).exitCode).toBe(0)
    expect(terminal.text()).toContain('616271')
  })
})
