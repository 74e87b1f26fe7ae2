// What the command stage costs a request: one without a slash, a new command, and one that is remembered.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCommandStage } from '../../dist/commands/command-stage.js'
import { silentLog } from '../../dist/log/log.js'
import { openLedger } from '../../dist/prompt/ledger.js'
import { encodeZstdPortably } from '../../dist/request/portable-zstd.js'
import { RequestBody } from '../../dist/request/request-body.js'
import { requestBody, TURN_HEADERS } from './body.mjs'
import { interleave, summary, table, timed } from './measure.mjs'

/** A rewrite of an 80 KB and a 2 MB body, plain and zstd, from the stage to the bytes that leave; and none at all. */
export async function bench({ rounds }) {
  const folder = mkdtempSync(join(tmpdir(), 'codex-plus-bench-'))
  try {
    const rows = []
    for (const kilobytes of [80, 2048]) rows.push(...(await benchSize(folder, kilobytes, Math.min(rounds, 60))))
    table(
      'The command stage and the bytes that leave (expansion itself left out)',
      ['request', 'time, plain body', 'time, zstd body'],
      rows,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function benchSize(folder, kilobytes, rounds) {
  const expansion = { outcome: 'prompt', command: null, args: '', text: ['expanded'], attachments: [], message: null }
  const stageOf = () =>
    createCommandStage({
      ledger: openLedger(join(folder, randomUUID()), silentLog),
      log: silentLog,
      commandsOf: async () => ({ dialect: 'auto', expand: async () => expansion }),
      choose: async () => null,
    })
  const [idle, fresh, remembering] = [stageOf(), stageOf(), stageOf()]
  const known = randomUUID()
  const make = async (prompt, id, zstd) => {
    const text = Buffer.from(JSON.stringify(requestBody({ prompt, bytes: kilobytes * 1024, id })))
    return zstd ? await encodeZstdPortably(text) : text
  }
  const pass = async (stage, bytes, zstd) => {
    const body = new RequestBody(bytes, zstd ? 'zstd' : null)
    const request = { method: 'POST', path: '/responses', headers: TURN_HEADERS, body }
    const time = await timed(async () => {
      await stage.rewrite(request)
      await body.bytes()
    })
    return { time, same: (await body.bytes()) === bytes }
  }
  const expect = ({ time, same }, untouched) => {
    if (same !== untouched) throw new Error(untouched ? 'an untouched body changed' : 'a command was not expanded')
    return time
  }
  const rows = { 'without a slash, untouched': [], 'a new command': [], 'a command of an earlier turn': [] }
  for (const zstd of [false, true]) {
    const plain = await make('what does this do?', known, zstd)
    const command = await make('/cmd now', known, zstd)
    await pass(remembering, command, zstd)
    const samples = await interleave(
      {
        'without a slash, untouched': async () => expect(await pass(idle, plain, zstd), true),
        'a new command': async () => expect(await pass(fresh, await make('/cmd now', randomUUID(), zstd), zstd), false),
        'a command of an earlier turn': async () => expect(await pass(remembering, command, zstd), false),
      },
      zstd && kilobytes > 1000 ? Math.min(rounds, 20) : rounds,
      3,
    )
    for (const [name, values] of Object.entries(samples)) rows[name].push(summary(values))
  }
  return Object.entries(rows).map(([name, values]) => [`${name}, ${kilobytes} KB`, ...values])
}
