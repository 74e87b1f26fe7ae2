import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLog } from '../../src/log/log.js'

const KEY = 'sk-dummy-0000000000000000codexplus'
let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'codex-plus-log-'))
  file = join(folder, 'state', 'codex-plus.log')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function lines(): Array<Record<string, unknown>> {
  const text = readFileSync(file, 'utf8')
  if (text === '') return []
  expect(text.endsWith('\n')).toBe(true)
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe('openLog', () => {
  it('writes one object a line, in a file and folder of its own', () => {
    const log = openLog(file, 'debug')
    log.error('a', { n: 1 })
    log.debug('b')
    log.close()
    expect(lines()).toMatchObject([
      { level: 'error', event: 'a', n: 1 },
      { level: 'debug', event: 'b' },
    ])
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'state')).mode & 0o777).toBe(0o700)
  })

  it('takes a file that others could read away from them', () => {
    mkdirSync(join(folder, 'state'))
    writeFileSync(file, '')
    chmodSync(file, 0o644)
    openLog(file, 'info').close()
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('appends', () => {
    for (const event of ['a', 'b']) {
      const log = openLog(file, 'info')
      log.info(event)
      log.close()
    }
    expect(lines().map((line) => line.event)).toEqual(['a', 'b'])
  })

  it.each([
    ['error', ['error']],
    ['warn', ['error', 'warn']],
    ['info', ['error', 'warn', 'info']],
    ['debug', ['error', 'warn', 'info', 'debug']],
  ] as const)('at level %s writes %j', (level, expected) => {
    const log = openLog(file, level)
    for (const name of ['error', 'warn', 'info', 'debug'] as const) log[name](name)
    log.close()
    expect(lines().map((line) => line.event)).toEqual(expected)
  })

  it('makes no file when it is off', () => {
    openLog(file, 'off').error('x')
    expect(() => statSync(file)).toThrow()
  })

  it('is silent where the file cannot be written', () => {
    writeFileSync(join(folder, 'state'), 'a file, not a folder')
    const log = openLog(file, 'debug')
    expect(() => {
      log.error('x')
      log.close()
      log.close()
    }).not.toThrow()
  })

  it.skipIf(process.platform !== 'linux')('is silent where the disk is full, and leaves a device its mode', () => {
    const before = statSync('/dev/full').mode
    const log = openLog('/dev/full', 'debug')
    expect(() => {
      log.error('x')
      log.error('y')
      log.close()
    }).not.toThrow()
    expect(statSync('/dev/full').mode).toBe(before)
  })

  it('goes on after a value that has no JSON, and after it was closed says nothing', () => {
    const log = openLog(file, 'debug')
    const loop: Record<string, unknown> = {}
    loop.self = loop
    log.info('big', { n: 10n })
    log.info('loop', { loop })
    log.info('getter', {
      get broken(): string {
        throw new Error('no')
      },
    })
    log.info('last')
    log.close()
    log.info('closed')
    expect(lines().map((line) => line.event)).toEqual(['big', 'loop', 'getter', 'last'])
  })

  it('holds no credential and stays JSON, wherever the credential stands', () => {
    const around = fc.constantFrom('', '"', '\\', '\n', '\t', '\u2028', '\\"', 'x ', '{"a":"', '=', '/', '\0')
    const secret = fc.constantFrom(
      KEY,
      'Bearer abcdef123456',
      'eyJhbGciOiJub25lIn0.eyJlbWFpbCI6ImR1bW15In0.c2ln',
      'http://user:hunter22@proxy.test/',
      'cookie: a=hunter22; b=hunter33',
      'authorization: hunter22',
    )
    const log = openLog(file, 'debug')
    fc.assert(
      fc.property(fc.tuple(around, secret, around), ([before, text, after]) => {
        const value = `${before}${text}${after}`
        log.info('e', {
          value,
          nested: [{ value }],
          error: new Error(value),
          [value]: 1,
          json: JSON.stringify({ value }),
        })
      }),
      { numRuns: 200 },
    )
    log.close()
    expect(lines()).toHaveLength(200)
    expect(readFileSync(file, 'utf8').match(/codexplus|abcdef123456|eyJlbWFpbCI6|hunter/)).toBeNull()
  })
})
