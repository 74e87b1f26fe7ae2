import { describe, expect, it } from 'vitest'
import { decodeFrame, encodeCancel, encodeRequest } from '../../../src/upstream/cycletls/helper-frames.js'

const string = (text: string): Buffer => {
  const bytes = Buffer.from(text, 'latin1')
  return Buffer.concat([u16(bytes.length), bytes])
}
const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff])

const RESPONSE = Buffer.concat([
  string('id-1'),
  string('response'),
  u16(200),
  string('https://localhost/'),
  u16(2),
  string('Set-Cookie'),
  u16(2),
  string('a=1'),
  string('b=\xfc'),
  string('X-Empty'),
  u16(1),
  string(''),
])
const DATA = Buffer.concat([string('id-1'), string('data'), Buffer.from([0, 0, 0, 3, 1, 0, 255])])
const ERROR = Buffer.concat([string('id-1'), string('error'), u16(401), string('reset')])
const END = Buffer.concat([string('id-1'), string('end')])

describe('decodeFrame', () => {
  it('reads each kind', () => {
    expect(decodeFrame(RESPONSE)).toEqual({
      id: 'id-1',
      kind: 'response',
      status: 200,
      headers: [
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=\xfc'],
        ['X-Empty', ''],
      ],
    })
    expect(decodeFrame(DATA)).toEqual({ id: 'id-1', kind: 'data', bytes: Buffer.from([1, 0, 255]) })
    expect(decodeFrame(ERROR)).toEqual({ id: 'id-1', kind: 'error', status: 401, message: 'reset' })
    expect(decodeFrame(END)).toEqual({ id: 'id-1', kind: 'end' })
  })

  it.each([
    ['response', RESPONSE],
    ['data', DATA],
    ['error', ERROR],
    ['end', END],
  ])('refuses a %s that is cut anywhere, or too long', (_, frame) => {
    for (let length = 0; length < frame.length; length++) {
      expect(() => decodeFrame(frame.subarray(0, length)), `cut at ${length}`).toThrow('cannot be read')
    }
    expect(() => decodeFrame(Buffer.concat([frame, Buffer.from([0])]))).toThrow('cannot be read')
  })

  it('refuses a kind it does not know', () => {
    expect(() => decodeFrame(Buffer.concat([string('id-1'), string('ws_open')]))).toThrow('unknown kind "ws_open"')
  })
})

describe('encodeRequest', () => {
  const options = {
    url: 'https://localhost/',
    method: 'POST',
    headers: { a: '"b"' },
    headerOrder: ['a'],
    userAgent: '',
    proxy: '',
  }

  it('is JSON with the body in base64', () => {
    const body = Buffer.from([0, 255, 34, 92])
    expect(JSON.parse(encodeRequest('id-1', options, body))).toEqual({
      requestId: 'id-1',
      options: {
        ...options,
        timeout: 2147483647,
        disableRedirect: true,
        enableConnectionReuse: false,
        bodyBytes: body.toString('base64'),
      },
    })
  })

  it.each([null, Buffer.alloc(0)])('has no body where there is none', (body) => {
    expect(JSON.parse(encodeRequest('id-1', options, body)).options).not.toHaveProperty('bodyBytes')
  })

  it('cancels by id', () => {
    expect(JSON.parse(encodeCancel('id-1'))).toEqual({ action: 'cancel', requestId: 'id-1' })
  })
})
