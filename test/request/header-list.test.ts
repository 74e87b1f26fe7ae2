import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { endToEnd, headerPairs, headerValue } from '../../src/request/header-list.js'
import { encodingOf, isResponsesStream, responseHeaders } from '../../src/request/response-headers.js'
import { recorded } from '../fixtures/recorded/load.js'

describe('headerPairs', () => {
  it("keeps node's flat list in wire order, duplicates and spelling included", () => {
    expect(headerPairs(['A', '1', 'b', '2', 'a', '3'])).toEqual([
      ['A', '1'],
      ['b', '2'],
      ['a', '3'],
    ])
  })
})

describe('headerValue', () => {
  it('is the first value under the name in any spelling, or null', () => {
    expect(
      headerValue(
        [
          ['X-One', 'a'],
          ['x-one', 'b'],
        ],
        'x-one',
      ),
    ).toBe('a')
    expect(headerValue([['X-One', '']], 'x-one')).toBe('')
    expect(headerValue([], 'x-one')).toBeNull()
  })
})

describe('endToEnd', () => {
  it.each([
    'Connection',
    'Keep-Alive',
    'Proxy-Connection',
    'Proxy-Authenticate',
    'Proxy-Authorization',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
  ])('drops %s (RFC 9110 7.6.1)', (name) => {
    expect(
      endToEnd([
        ['Accept', '*/*'],
        [name, 'x'],
        [name.toLowerCase(), 'y'],
      ]),
    ).toEqual([['Accept', '*/*']])
  })

  it('drops what Connection names, over several lines, in any spelling, with empty list members', () => {
    const headers = endToEnd([
      ['X-Private', '1'],
      ['connection', 'close, ,X-PRIVATE'],
      ['x-kept', '2'],
      ['Connection', 'x-other'],
      ['X-Other', '3'],
    ])
    expect(headers).toEqual([['x-kept', '2']])
  })

  it('keeps order and duplicates', () => {
    const headers = [
      ['b', '1'],
      ['a', '2'],
      ['B', '3'],
    ] as const
    expect(endToEnd(headers)).toEqual(headers)
  })

  it('drops the extra names it is given', () => {
    expect(
      endToEnd(
        [
          ['Host', 'h'],
          ['Content-Length', '1'],
          ['a', 'b'],
        ],
        ['host', 'content-length'],
      ),
    ).toEqual([['a', 'b']])
  })

  it("keeps every header of codex's own request but host and content-length", () => {
    const lines = recorded('first-turn').rawHeaders.map((line) => {
      const at = line.indexOf(': ')
      return [line.slice(0, at), line.slice(at + 2)] as const
    })
    expect(lines.length).toBeGreaterThan(15)
    expect(endToEnd(lines, ['host', 'content-length'])).toEqual(
      lines.filter(([name]) => name !== 'host' && name !== 'content-length'),
    )
  })

  it('never invents, reorders or changes a header', () => {
    const name = fc.constantFrom('a', 'B', 'connection', 'Connection', 'te', 'x-turn', 'upgrade')
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.constantFrom('a', 'b, x-turn', 'close'))), (headers) => {
        const kept = endToEnd(headers)
        let from = 0
        for (const pair of kept) {
          const at = headers.findIndex((candidate, index) => index >= from && candidate === pair)
          expect(at).toBeGreaterThanOrEqual(from)
          from = at + 1
        }
        expect(kept.some(([kind]) => /^(connection|te|upgrade)$/i.test(kind))).toBe(false)
      }),
    )
  })
})

describe('responseHeaders', () => {
  it('passes what codex reads and duplicates, never a cookie', () => {
    const headers = responseHeaders([
      ['Set-Cookie', '__cf_bm=dummy'],
      ['x-codex-turn-state', 'state'],
      ['set-cookie', 'other=dummy'],
      ['x-models-etag', '"1"'],
      ['via', 'a'],
      ['transfer-encoding', 'chunked'],
      ['via', 'b'],
    ])
    expect(headers).toEqual([
      ['x-codex-turn-state', 'state'],
      ['x-models-etag', '"1"'],
      ['via', 'a'],
      ['via', 'b'],
    ])
  })
})

describe('isResponsesStream', () => {
  const event = { status: 200, headers: [['Content-Type', 'text/event-stream; charset=utf-8']] as const }
  it.each([
    ['POST', '/responses', event, true],
    ['POST', '/responses?x=1', event, true],
    ['HEAD', '/responses', event, false],
    ['POST', '/responses', { ...event, status: 503 }, false],
    ['POST', '/responses', { status: 200, headers: [['content-type', 'application/json']] as const }, false],
    ['POST', '/responses', { status: 200, headers: [['content-type', 'text/event-streams']] as const }, false],
    ['POST', '/responses', { status: 200, headers: [] }, false],
    ['POST', '/images/generations', event, false],
    ['GET', '/events', event, false],
  ])('%s %s', (method, path, response, expected) => {
    expect(isResponsesStream({ method, path }, response)).toBe(expected)
  })
})

describe('encodingOf', () => {
  it('joins the lines of a list, as RFC 9110 5.3 has it', () => {
    expect(encodingOf([['Content-Encoding', 'gzip']])).toBe('gzip')
    expect(
      encodingOf([
        ['content-encoding', 'gzip'],
        ['content-encoding', 'br'],
      ]),
    ).toBe('gzip, br')
    expect(encodingOf([])).toBeNull()
  })
})
