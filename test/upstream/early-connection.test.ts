import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createEarlyConnection, type Openable } from '../../src/upstream/early-connection.js'

/** Something that is opened, whose ends are counted. */
function openable(opened: Promise<string> = Promise.resolve('open')): Openable<string> & { closes: number } {
  const made = {
    opened,
    closes: 0,
    close() {
      made.closes += 1
    },
  }
  return made
}

describe('an early connection', () => {
  it('is given once, to who asks for the same server', async () => {
    const early = createEarlyConnection<string>(() => {})
    const made = openable()
    early.open('https://a', () => made)
    expect(early.take('https://b')).toBeNull()
    expect(early.take('https://a')).toBe(made)
    expect(early.take('https://a')).toBeNull()
    early.close()
    expect(made.closes).toBe(0)
  })

  it('is closed where nobody takes it: at the end of the run, and after its time', async () => {
    const early = createEarlyConnection<string>(() => {}, 20)
    const [first, second] = [openable(), openable()]
    early.open('https://a', () => first)
    early.close()
    expect(first.closes).toBe(1)
    early.open('https://a', () => second)
    await sleep(60)
    expect(second.closes).toBe(1)
    expect(early.take('https://a')).toBeNull()
  })

  it('is as if it had not been tried where it fails, or where the server ends it', async () => {
    let end = (): void => {}
    const early = createEarlyConnection<string>((_value, ended) => {
      end = ended
    })
    early.open('https://a', () => openable(Promise.reject(new Error('refused'))))
    await sleep(0)
    expect(early.take('https://a')).toBeNull()
    early.open('https://a', () => openable())
    await sleep(0)
    end()
    expect(early.take('https://a')).toBeNull()
  })
})
