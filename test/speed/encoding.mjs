// What it costs to send a changed body in the encoding it came in.
import zlib from 'node:zlib'
import { decode, encode } from '../../dist/request/encoding.js'
import { decodeZstdPortably, encodeZstdPortably } from '../../dist/request/portable-zstd.js'
import { requestBody } from './body.mjs'
import { interleave, summary, table, timed } from './measure.mjs'

/** Decoding and re-encoding of a changed zstd body of 80 KB and 2 MB: this Node's own way, and the portable one. */
export async function bench({ rounds }) {
  const native = typeof zlib.zstdCompress === 'function'
  const rows = []
  for (const kilobytes of [80, 2048]) {
    const text = Buffer.from(JSON.stringify(requestBody({ prompt: 'hello', bytes: kilobytes * 1024 })))
    const packed = await encodeZstdPortably(text)
    const samples = await interleave(
      {
        decode: () => timed(() => decode(packed, 'zstd')),
        encode: () => timed(() => encode(text, 'zstd')),
        'portable decode': () => timed(() => decodeZstdPortably(packed, text.length)),
        'portable encode': () => timed(() => encodeZstdPortably(text)),
      },
      Math.min(rounds, 40),
    )
    for (const [name, values] of Object.entries(samples)) {
      if (native || name.startsWith('portable')) {
        rows.push([`${name}, ${kilobytes} KB (${Math.round(packed.length / 1024)} KB packed)`, summary(values)])
      }
    }
  }
  table(`zstd; this Node ${native ? 'has it' : 'has none: the portable one is used'}`, ['step', 'time'], rows)
}
