import zlib from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { itemEvents } from '../../src/stream/local-response-events.js'
import { type ResponseEvent, watchStream } from '../../src/stream/truncation.js'

type Case = readonly [
  name: string,
  stream: string | Buffer,
  events: ReadonlyArray<readonly [type: string, data: string]>,
]

/** Cases of the WHATWG specification, of web-platform-tests (`eventsource/format-*`) and of eventsource-parser. */
const CASES: readonly Case[] = [
  ['nothing', '', []],
  ['one event', 'data: x\n\n', [['', 'x']]],
  ['a named event', 'event: a\ndata: x\n\n', [['a', 'x']]],
  ['the name after the data', 'data: x\nevent: a\n\n', [['a', 'x']]],
  ['the last name counts', 'event: a\nevent: b\ndata: x\n\n', [['b', 'x']]],
  ['an empty name', 'event:\ndata: x\n\n', [['', 'x']]],
  [
    'the name ends with its event',
    'event: a\ndata: x\n\ndata: y\n\n',
    [
      ['a', 'x'],
      ['', 'y'],
    ],
  ],
  ['a name without data', 'event: a\n\ndata: y\n\n', [['', 'y']]],
  [
    'LF',
    'data: x\ndata: y\n\ndata: z\n\n',
    [
      ['', 'x\ny'],
      ['', 'z'],
    ],
  ],
  [
    'CRLF',
    'data: x\r\ndata: y\r\n\r\ndata: z\r\n\r\n',
    [
      ['', 'x\ny'],
      ['', 'z'],
    ],
  ],
  [
    'CR',
    'data: x\rdata: y\r\rdata: z\r\r',
    [
      ['', 'x\ny'],
      ['', 'z'],
    ],
  ],
  ['line ends of every kind (format-newlines)', 'data:test\r\ndata\ndata:test\r\n\r\n', [['', 'test\n\ntest']]],
  [
    'a CR before a CRLF',
    'data: x\r\r\ndata: y\n\n',
    [
      ['', 'x'],
      ['', 'y'],
    ],
  ],
  ['no blank line at the end', 'data: x\n\ndata: y\n', [['', 'x']]],
  ['no line end at the end', 'data: x\n\ndata: y', [['', 'x']]],
  ['a CR alone at the end is no blank line', 'data: x\r', []],
  [
    'several blank lines',
    '\n\n\ndata: x\n\n\n\ndata: y\n\n',
    [
      ['', 'x'],
      ['', 'y'],
    ],
  ],
  [
    'a byte order mark (format-bom)',
    '\uFEFFdata:1\n\n\uFEFFdata:2\n\ndata:3\n\n',
    [
      ['', '1'],
      ['', '3'],
    ],
  ],
  [
    'two byte order marks (format-bom-2)',
    '\uFEFF\uFEFFdata:1\n\ndata:2\n\ndata:3\n\n',
    [
      ['', '2'],
      ['', '3'],
    ],
  ],
  ['a byte order mark alone', '\uFEFF', []],
  ['comments (format-comments)', 'data:1\r:\0\n:\r\ndata:2\n:x\rdata:3\r:data:fail\r:x\n\n', [['', '1\n2\n3']]],
  [
    'a keep-alive between events',
    ': ping\n\ndata: x\n\n:\n\n: ping\n\ndata: y\n\n',
    [
      ['', 'x'],
      ['', 'y'],
    ],
  ],
  [
    'data before its end (format-data-before-final-empty-line)',
    'retry:1000\ndata:test1\n\nid:test\ndata:test2',
    [['', 'test1']],
  ],
  [
    'empty data (format-field-data)',
    'data:\n\ndata\ndata\n\ndata:test\n\n',
    [
      ['', ''],
      ['', '\n'],
      ['', 'test'],
    ],
  ],
  ['one leading space (format-leading-space)', 'data:\ttest\rdata: \ndata:test\n\n', [['', '\ttest\n\ntest']]],
  ['two leading spaces', 'data:  x\n\n', [['', ' x']]],
  [
    'names as they are spelled (format-field-parsing)',
    'data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n data:32\ndata:4\n\n',
    [['', '\0\n 2\n1\n3\n\n4']],
  ],
  [
    'unknown fields (format-field-unknown)',
    'data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\n\n',
    [['', 'test\n']],
  ],
  ['ids and retry (format-field-id, -retry)', 'id: 1\nretry: 3000\nretry: x\nid: a\0b\ndata: x\n\n', [['', 'x']]],
  [
    'utf-8 (format-utf-8)',
    'data:ok…\n\ndata: 🙂ü\n\n',
    [
      ['', 'ok…'],
      ['', '🙂ü'],
    ],
  ],
  ['bytes that are no utf-8', Buffer.from([100, 97, 116, 97, 58, 0xff, 0xf0, 0x9f, 10, 10]), [['', '\uFFFD\uFFFD']]],
  [
    '[DONE]',
    'data: {"type":"a"}\n\ndata: [DONE]\n\n',
    [
      ['a', '{"type":"a"}'],
      ['', '[DONE]'],
    ],
  ],
  ['the type of the data over the name', 'event: a\ndata: {"type":"b"}\n\n', [['b', '{"type":"b"}']]],
  ['no name', 'data: {"type":"b","x":1}\n\n', [['b', '{"type":"b","x":1}']]],
  ['a type that is not first', 'data: {"x":{"type":"c"},"type":"b"}\n\n', [['b', '{"x":{"type":"c"},"type":"b"}']]],
  ['an escaped type', 'data: {"type":"b\\u0063"}\n\n', [['bc', '{"type":"b\\u0063"}']]],
  ['JSON over several lines', 'data: {\ndata: "type": "b"\ndata: }\n\n', [['b', '{\n"type": "b"\n}']]],
  [
    'JSON without a type',
    'event: a\ndata: {"x":1}\n\nevent: a\ndata: null\n\n',
    [
      ['a', '{"x":1}'],
      ['a', 'null'],
    ],
  ],
]

async function read(chunks: readonly Buffer[], encoding: string | null = null): Promise<[string, string][]> {
  const events: ResponseEvent[] = []
  const watch = watchStream(encoding, (event) => events.push(event))
  if (!watch) throw new Error('not watched')
  for (const chunk of chunks) watch.push(chunk)
  await watch.end()
  return events.map(({ type, data }) => [type, data])
}

describe.each(CASES)('%s', (_name, stream, expected) => {
  const bytes = Buffer.from(stream as string)

  it('is read whole', async () => {
    expect(await read([bytes])).toEqual(expected)
  })

  it('is read byte by byte', async () => {
    expect(await read([...bytes].map((byte) => Buffer.from([byte])))).toEqual(expected)
  })

  it('is read in two parts, wherever the cut', async () => {
    for (let at = 0; at <= bytes.length; at += 1) {
      expect(await read([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(expected)
    }
  })
})

describe('encoded streams', () => {
  const stream = Buffer.from(itemEvents('resp_1', { type: 'message', content: [{ text: 'ü🙂'.repeat(500) }] }))
  const encoders = {
    gzip: zlib.gzipSync,
    'x-gzip': zlib.gzipSync,
    ' GZIP ': zlib.gzipSync,
    deflate: zlib.deflateSync,
    br: zlib.brotliCompressSync,
  }
  it.each(Object.entries(encoders))('%s is read as the plain one is', async (encoding, encodeSync) => {
    const encoded = encodeSync(stream)
    const plain = await read([stream])
    expect(plain.map(([type]) => type)).toEqual(['response.created', 'response.output_item.done', 'response.completed'])
    expect(await read([encoded], encoding)).toEqual(plain)
    expect(
      await read(
        [...encoded].map((byte) => Buffer.from([byte])),
        encoding,
      ),
    ).toEqual(plain)
  })

  it.each(['gzip', 'deflate', 'br'])('%s that is broken or cut short is not finished, and ends', async (encoding) => {
    const encoded = encoders[encoding as 'gzip'](stream)
    for (const bytes of [stream, encoded.subarray(0, 20), Buffer.alloc(0)]) {
      const watch = watchStream(encoding)
      watch?.push(bytes)
      watch?.push(bytes)
      await watch?.end()
      expect(watch?.finished).toBe(false)
    }
  })

  it('an event is seen when it was flushed, not when the stream ends', async () => {
    const seen = new Promise<string>((resolve) => {
      const watch = watchStream('gzip', (event) => resolve(event.type))
      const gzip = zlib.createGzip()
      gzip.on('data', (bytes: Buffer) => watch?.push(bytes))
      gzip.write('data: {"type":"first"}\n\n')
      gzip.flush()
    })
    expect(await seen).toBe('first')
  })

  it.each(['zstd', 'gzip, br', 'compress', 'x'])('%s cannot be watched', (encoding) => {
    expect(watchStream(encoding)).toBeNull()
  })
})

describe('finished', () => {
  it.each([
    ['response.completed', true],
    ['response.failed', true],
    ['response.incomplete', true],
    ['response.created', false],
    ['response.output_item.done', false],
    ['error', false],
    ['response.completed.not', false],
  ])('%s: %s', async (type, finished) => {
    for (const text of [`data: ${JSON.stringify({ type })}\n\n`, `event: ${type}\ndata: {}\n\n`]) {
      const watch = watchStream(null)
      watch?.push(Buffer.from(text.slice(0, -1)))
      expect(watch?.finished).toBe(false)
      watch?.push(Buffer.from('\n'))
      expect(watch?.finished).toBe(finished)
    }
  })

  it('is not told by text that only mentions it', async () => {
    const watch = watchStream(null)
    watch?.push(
      Buffer.from('data: {"type":"x","delta":"\\"type\\":\\"response.completed\\""}\n\n: response.completed\n\n'),
    )
    await watch?.end()
    expect(watch?.finished).toBe(false)
  })

  it('does not hang on an observer that fails', async () => {
    let calls = 0
    const watch = watchStream(null, () => {
      calls += 1
      throw new Error('broken hook')
    })
    watch?.push(Buffer.from(itemEvents('resp_1', {})))
    await watch?.end()
    expect(calls).toBe(3)
    expect(watch?.finished).toBe(true)
  })
})

it('gives the same events however the bytes are cut', async () => {
  const line = fc.oneof(
    fc.constantFrom('data: {"type":"a"}', 'data', ':', ': x', 'event: b', 'id: 1', '', 'data:🙂', 'x: y', '\uFEFF'),
    fc.string({ maxLength: 8 }),
  )
  const stream = fc
    .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 12 })
    .map((lines) => Buffer.from(lines.flat().join('')))
  await fc.assert(
    fc.asyncProperty(stream, fc.array(fc.nat(200), { maxLength: 6 }), async (bytes, cuts) => {
      const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
      const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end))
      expect(await read(chunks)).toEqual(await read([bytes]))
    }),
    { numRuns: 300 },
  )
})
