import { afterEach, describe, expect, it, vi } from 'vitest'
import { createWorkerHost, type WorkerFailure, type WorkerHost } from '../../src/worker/worker-host.js'
import { scaled } from '../time.js'

interface Call {
  readonly does: 'wait' | 'hang' | 'exit' | 'throw' | 'function' | 'print' | 'stray' | 'count'
  readonly ms?: number
}

const BUDGET = scaled(10_000)
const printed: string[] = []
const stray: WorkerFailure[] = []
let host: WorkerHost<Call>
const open = (): WorkerHost<Call> => {
  host = createWorkerHost<Call>({
    callsFile: 'test/fixtures/worker/calls.mjs',
    onPrint: (text) => printed.push(text),
    onStrayError: (failure) => stray.push(failure),
    onThreadError: (error) => printed.push(String(error)),
  })
  return host
}

afterEach(async () => {
  await host.close()
  printed.length = 0
  stray.length = 0
})

describe('a worker host', () => {
  it('runs calls in one thread, which keeps its state', async () => {
    const { call } = open()
    expect(await Promise.all([call({ does: 'count' }, BUDGET), call({ does: 'count' }, BUDGET)])).toEqual([1, 2])
  })

  it('runs calls at the same time', async () => {
    const { call } = open()
    const ends: string[] = []
    const slow = call({ does: 'wait', ms: 200 }, BUDGET).then(() => ends.push('slow'))
    await call({ does: 'count' }, BUDGET).then(() => ends.push('fast'))
    await slow
    expect(ends).toEqual(['fast', 'slow'])
  })

  it('ends the thread of a late call with all pending calls; the next call gets a new thread', async () => {
    const { call } = open()
    await call({ does: 'count' }, BUDGET)
    const calls = [call({ does: 'wait', ms: 60_000 }, BUDGET), call({ does: 'hang' }, 100)]
    const kindOf = (failure: WorkerFailure): string => failure.kind
    expect(await Promise.all(calls.map((result) => result.catch(kindOf)))).toEqual(['late', 'late'])
    expect(await call({ does: 'count' }, BUDGET)).toBe(1)
  })

  it('fails the calls of a thread that ends itself; the next call gets a new thread', async () => {
    const { call } = open()
    await expect(call({ does: 'exit' }, BUDGET)).rejects.toMatchObject({ kind: 'ended' })
    expect(await call({ does: 'count' }, BUDGET)).toBe(1)
  })

  it('reports an error of a call with its message, class and stack', async () => {
    const { call } = open()
    await expect(call({ does: 'throw' }, BUDGET)).rejects.toMatchObject({
      kind: 'threw',
      message: 'not this one',
      text: 'TypeError: not this one',
      trace: expect.stringMatching(/calls\.mjs:\d+/),
    })
    await expect(call({ does: 'function' }, BUDGET)).rejects.toMatchObject({
      kind: 'threw',
      text: expect.stringMatching(/could not be cloned/),
    })
    expect(await call({ does: 'count' }, BUDGET)).toBe(3)
  })

  it('fails a call whose input cannot be copied to the thread', async () => {
    const { call } = open()
    const input = { does: 'count', ms: (() => 1) as unknown as number } as const
    await expect(call(input, BUDGET)).rejects.toMatchObject({
      kind: 'threw',
      message: expect.stringMatching(/could not be cloned/),
    })
    expect(await call({ does: 'count' }, BUDGET)).toBe(1)
  })

  it('passes on what the thread prints, and errors outside of any call', async () => {
    const { call } = open()
    await call({ does: 'print' }, BUDGET)
    await call({ does: 'stray' }, BUDGET)
    await vi.waitFor(() => expect([printed.join(''), stray[0]?.message]).toEqual(['printed\n', 'later']), BUDGET)
    expect(await call({ does: 'count' }, BUDGET)).toBe(3)
  })

  it('rejects pending and later calls once it is closed', async () => {
    const { call } = open()
    const pending = call({ does: 'hang' }, BUDGET)
    const failure = expect(pending).rejects.toMatchObject({ kind: 'closed' })
    await host.close()
    await failure
    await expect(call({ does: 'count' }, BUDGET)).rejects.toMatchObject({ kind: 'closed' })
  })
})
