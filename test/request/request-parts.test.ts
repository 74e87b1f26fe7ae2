import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { itemOf } from '../../src/request/input-item.js'
import { joinRequest, requestLength, splitRequest } from '../../src/request/request-parts.js'
import { recorded } from '../fixtures/recorded/load.js'

const object = fc.dictionary(fc.string(), fc.jsonValue())
const request = fc.record({ model: fc.string(), input: fc.array(object), rest: fc.jsonValue() })

describe('a request taken apart', () => {
  it('is the same bytes when it is joined again', () => {
    fc.assert(
      fc.property(fc.oneof(request, object), (value) => {
        const text = Buffer.from(JSON.stringify(value))
        const parts = splitRequest(text)
        expect(parts).not.toBeNull()
        if (parts === null) return
        expect(joinRequest(parts).toString()).toBe(text.toString())
        expect(requestLength(parts)).toBe(text.length)
      }),
    )
  })

  it('has the members and items that JSON.parse finds, however it is spaced', () => {
    fc.assert(
      fc.property(request, fc.constantFrom('\t', ' ', '\n'), (value, space) => {
        const text = Buffer.from(` ${JSON.stringify(value, null, space)}\n`)
        const parts = splitRequest(text)
        expect(parts?.items?.map((item) => item.json())).toEqual(JSON.parse(JSON.stringify(value.input)))
        expect([...(parts?.members.keys() ?? [])]).toEqual(Object.keys(value))
        expect(JSON.parse(parts ? joinRequest(parts).toString() : '')).toEqual(JSON.parse(text.toString()))
      }),
    )
  })

  it.each(['first-turn', 'classic-tool-turn', 'compaction'] as const)('may be recorded: %s', (name) => {
    const { body } = recorded(name)
    const parts = splitRequest(Buffer.from(JSON.stringify(body)))
    expect(parts?.items?.map((item) => item.json())).toEqual(body.input)
    expect(parts?.items?.map(({ id }) => id)).toEqual(
      (body.input as Array<{ id?: string }>).map(({ id }) => id ?? null),
    )
  })

  it.each(['', ' ', '[]', '"x"', '{', '{"a"', '{"a":', '{"a":1', '{"a":1,}', '{"a":1}x', '{"input":[1}', '{a:1}'])(
    'is none where the text is no JSON object: %j',
    (text) => {
      expect(splitRequest(Buffer.from(text))).toBeNull()
    },
  )

  it('has no items where input is no list', () => {
    expect(splitRequest(Buffer.from('{"input":"hi","a":1}'))).toMatchObject({ items: null })
    expect(splitRequest(Buffer.from('{"a":1}'))).toMatchObject({ items: null })
  })
})

describe('an item', () => {
  it.each([
    [{ id: 'm1' }, 'm1'],
    [{ a: { id: 'inner' } }, null],
    [{ id: 7 }, null],
    [{ id: 'a"b\\' }, 'a"b\\'],
  ])('%j has the id %j', (value, id) => {
    expect(itemOf(value).id).toBe(id)
  })
})
