import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { readJson } from '../../src/proxy/read-json-body.js'

const bodyOf = (...parts: Buffer[]): IncomingMessage => Readable.from(parts) as IncomingMessage

describe('the JSON of a body', () => {
  it('is read over any number of parts, a character in two of them included', async () => {
    const bytes = Buffer.from('{"a":["ü"]}')
    expect(await readJson(bodyOf(bytes.subarray(0, 8), bytes.subarray(8)), 100)).toEqual({ a: ['ü'] })
  })

  it.each([
    ['is no JSON', '{"a":', 100],
    ['is empty', '', 100],
    ['has a byte more than the limit', '[1]', 2],
  ])('is undefined where it %s', async (_, text, limit) => {
    expect(await readJson(bodyOf(Buffer.from(text)), limit)).toBeUndefined()
  })

  it('may have as many bytes as the limit', async () => {
    expect(await readJson(bodyOf(Buffer.from('[1]')), 3)).toEqual([1])
  })
})
