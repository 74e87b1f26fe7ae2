import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { encode } from '../../src/request/encoding.js'
import { RequestBody, readBody } from '../../src/request/request-body.js'
import { recorded } from '../fixtures/recorded/load.js'

const VALUE = recorded('first-turn').body
const TEXT = Buffer.from(JSON.stringify(VALUE))

describe('RequestBody', () => {
  it.each(['identity', 'zstd', 'gzip', 'br', 'deflate'])(
    'in %s is the bytes it came as until it is replaced',
    async (encoding) => {
      const raw = await encode(TEXT, encoding)
      const body = new RequestBody(raw, encoding)
      expect(await body.json()).toEqual(VALUE)
      expect(await body.bytes()).toBe(raw)
      expect(body.changed).toBe(false)

      const text = Buffer.from('{"model":"other","text":"ü🙂"}')
      body.replace(text)
      expect(body.changed).toBe(true)
      expect(await body.json()).toEqual({ model: 'other', text: 'ü🙂' })
      const sent = await body.bytes()
      expect((await new RequestBody(sent, encoding).text()).equals(text)).toBe(true)
      if (encoding !== 'identity') expect(sent.equals(text)).toBe(false)
    },
  )

  it('gives a fresh object each time', async () => {
    const body = new RequestBody(TEXT, null)
    const one = await body.json()
    one.model = 'changed'
    expect((await body.json()).model).toBe(VALUE.model)
  })

  it('is not read at all while nobody asks', async () => {
    const raw = Buffer.from('not zstd')
    expect(await new RequestBody(raw, 'zstd').bytes()).toBe(raw)
  })

  it.each([null, '', ' Identity '])('with the encoding %j is plain', async (encoding) => {
    expect((await new RequestBody(TEXT, encoding).text()).equals(TEXT)).toBe(true)
  })

  it.each(['', '{', 'null', '[]', '"text"', '1', '{"a":1}x'])('%j is no JSON object', async (text) => {
    await expect(new RequestBody(Buffer.from(text), null).json()).rejects.toMatchObject({ code: 'CP_BODY_INVALID' })
  })
})

describe('readBody', () => {
  function incoming(): PassThrough & IncomingMessage {
    return Object.assign(new PassThrough(), { headers: {} }) as unknown as PassThrough & IncomingMessage
  }

  it('joins the parts', async () => {
    const stream = incoming()
    const body = readBody(stream)
    stream.write('{"a"')
    stream.end(':1}')
    expect(await (await body).json()).toEqual({ a: 1 })
  })

  it('reads a body that is too large to its end before it refuses it, so that codex hears why', async () => {
    const stream = incoming()
    const body = readBody(stream, 10)
    const refused = expect(body).rejects.toMatchObject({ code: 'CP_BODY_TOO_LARGE' })
    for (let part = 0; part < 100; part += 1) stream.write('0123456789')
    stream.end()
    await refused
    expect(stream.readableEnded).toBe(true)
  })

  it('says that codex went away', async () => {
    const stream = incoming()
    const body = readBody(stream)
    stream.write('{')
    stream.destroy()
    await expect(body).rejects.toMatchObject({ code: 'CP_UPSTREAM_ABORTED' })
  })
})
