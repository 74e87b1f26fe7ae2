import { describe, expect, it } from 'vitest'
import { CHILD, NODE, type Outer, outer, poll, RUNNER, shown, stateOf } from './outer.js'

/** The runner under a shell with job control, around the full-screen child. */
async function shell(act: string[] = ['screen']): Promise<{ terminal: Outer; runner: number }> {
  const terminal = outer('bash', ['--norc', '--noprofile', '-i'], { PS1: 'PROMPT> ' })
  await terminal.until('PROMPT> ')
  terminal.type(`'${NODE}' '${RUNNER}' '${NODE}' '${CHILD}' ${act.join(' ')}\r`)
  await terminal.until('DRAWN 90x31')
  return { terminal, runner: Number(terminal.report()[0]?.runner) }
}
/** What the child read, all of it. */
const got = (terminal: Outer) =>
  [...terminal.text().matchAll(/GOT ([0-9a-f]+);/g)]
    .map((match) => Buffer.from(match[1] ?? '', 'hex').toString())
    .join('')
const stopped = (pid: number) =>
  poll(
    () => stateOf(pid) === 'T',
    5000,
    () => `state ${stateOf(pid)}`,
  )
const childOf = (terminal: Outer) =>
  poll(
    () => Number(/CHILD (\d+)/.exec(terminal.text())?.[1]),
    5000,
    () => 'no child',
  )

describe('Ctrl-Z', () => {
  it.each([['\x1a'], ['\x1b[122;5u']])('%j suspends codex-plus, and fg brings the screen back', async (keys) => {
    const { terminal, runner } = await shell()
    terminal.type(keys)
    await stopped(runner)
    await terminal.until('Stopped')
    const left = shown(terminal.text())
    expect(left).toMatch(/DRAWN 90x31␛\[\?2004l␛\[\?1004l.*␛\[<1u␛\[\?1049l␛\[<1u␛\[0m/s)

    terminal.type('stty -a | grep -o " icanon"; echo SHELL_$((40+2))\r')
    await terminal.until('SHELL_42')
    expect(terminal.text()).toMatch(/ icanon\r\n/)
    terminal.pty.resize(101, 33)
    terminal.type('fg\r')
    await poll(
      () =>
        shown(terminal.text())
          .slice(left.length)
          .match(/DRAWN 101x32.*DRAWN 101x33/s)?.[0],
      5000,
      () => terminal.text(),
    )
    const back = shown(terminal.text()).slice(left.length)
    expect(back).toMatch(/␛\[>7u␛\[\?1049h␛\[>7u.*␛\[\?25l.*DRAWN 101x32.*DRAWN 101x33/s)
    expect(stateOf(runner)).not.toBe('T')

    terminal.type('x')
    await terminal.until('GOT 78;')
    terminal.type('q')
    await poll(
      () => shown(terminal.text()).slice(left.length).includes('␛[?1049l'),
      5000,
      () => terminal.text(),
    )
    terminal.type('echo DONE_$?\r')
    await terminal.until('DONE_0')
    expect(terminal.text()).not.toContain('GOT 1a')
  })

  it('suspends more than once, and what was typed with it arrives after the resume', async () => {
    const { terminal, runner } = await shell()
    for (const letter of ['b', 'c']) {
      terminal.type(`a\x1a${letter}`)
      await stopped(runner)
      expect(got(terminal)).not.toContain(letter)
      // The shell is told by the kernel; its prompt says that it has the terminal.
      await poll(
        () => terminal.text().trimEnd().endsWith('PROMPT>'),
        5000,
        () => terminal.text(),
      )
      terminal.type('fg\r')
      await poll(
        () => got(terminal).includes(letter),
        5000,
        () => terminal.text(),
      )
    }
    terminal.type('q')
    await poll(
      () => got(terminal).includes('q'),
      5000,
      () => terminal.text(),
    )
    expect(got(terminal)).toBe('abacq')
  })

  it('inside a bracketed paste is text', async () => {
    const { terminal, runner } = await shell()
    terminal.type('\x1b[200~one\x1atwo\x1b[201~')
    await terminal.until(Buffer.from('one\x1atwo').toString('hex'))
    expect(stateOf(runner)).not.toBe('T')
    terminal.type('q')
    await terminal.until('GOT 71;')
  })

  it('stops the child too, and a kill of the stopped job ends both', async () => {
    const { terminal, runner } = await shell(['screen', 'pid'])
    const child = await childOf(terminal)
    terminal.type('\x1a')
    await stopped(runner)
    await stopped(child)
    await terminal.until('Stopped')
    terminal.type('kill %1; sleep 0.1; fg\r')
    await poll(
      () => stateOf(runner) === null && stateOf(child) === null,
      8000,
      () => `${stateOf(runner)} ${stateOf(child)}`,
    )
    terminal.type('echo STILL_$((40+2))\r')
    expect(await terminal.until('STILL_42')).toContain('STILL_42')
  })

  it('of another process (kill -TSTP) does the same', async () => {
    const { terminal, runner } = await shell()
    process.kill(runner, 'SIGTSTP')
    await stopped(runner)
    await terminal.until('Stopped')
    terminal.type('fg\r')
    await terminal.until('DRAWN 90x30')
    terminal.type('q')
    expect(await terminal.until('GOT 71;')).toContain('DRAWN 90x31')
  })

  it('where no shell can resume us is left to the child after the first', async () => {
    const terminal = outer(NODE, [RUNNER, NODE, CHILD, 'screen'])
    await terminal.until('DRAWN')
    terminal.type('\x1a')
    await terminal.until('DRAWN 90x30')
    terminal.type('\x1a')
    await terminal.until('GOT 1a;')
    terminal.type('q')
    expect((await terminal.exit).exitCode).toBe(0)
  })
})
