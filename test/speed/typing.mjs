// What a key costs on its way to codex, and what the mirror of the screen costs on codex's way to the terminal.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createComposer } from '../../dist/terminal/composer/composer.js'
import { interleave, paired, percentile, summary, table } from './measure.mjs'

const require = createRequire(import.meta.url)
const { Terminal } = require('@xterm/headless')
const { spawn } = require('node-pty')
const program = new URL('../../bin/codex-plus.js', import.meta.url).pathname
const launcher = join(dirname(require.resolve('@openai/codex/package.json')), 'bin/codex.js')
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Runs the typing benchmarks. */
export async function bench({ rounds }) {
  await benchSeam()
  await benchEcho({ rounds: Math.max(rounds, 200) })
  await benchBusyEcho({ rounds: Math.max(rounds, 200) })
}

/** The interceptor alone: one key, and one piece of output, with nothing but it between. */
async function benchSeam() {
  const log = { error() {}, warn() {}, info() {}, debug() {}, close() {} }
  const composer = createComposer({ commands: () => ({ owns: () => false, completion: () => null }), log })
  composer.resize(100, 30)
  const frame = (text) =>
    Buffer.from(
      `\x1b[?2026h\x1b[?25l\x1b[27;1H\x1b[1m›\x1b[22m \x1b[K${text}\x1b[0m\x1b[27;${text.length + 3}H\x1b[?25h\x1b[?2026l`,
    )
  composer.output(frame('hello'))
  await pause(300)
  const ahead = { typed() {}, added() {} }
  const time = (act, count) => {
    const samples = []
    for (let n = 0; n < count; n += 1) {
      const begun = performance.now()
      act(n)
      samples.push((performance.now() - begun) * 1000)
    }
    return samples
  }
  const key = Buffer.from('x')
  const text = Buffer.from('x'.repeat(4096))
  const enter = Buffer.from('\r')
  const rows = []
  for (const [name, act, count] of [
    ['a key', () => composer.input(key, ahead), 20_000],
    ['4 KB typed in one read', () => composer.input(text, ahead), 2000],
    ['a frame of output', () => composer.output(frame('hello')), 2000],
  ]) {
    time(act, 200)
    const samples = time(act, count)
    rows.push([name, `${percentile(samples, 0.5).toFixed(1)} / ${percentile(samples, 0.99).toFixed(1)}`])
    await pause(1500)
  }
  const samples = []
  for (let n = 0; n < 2000; n += 1) {
    composer.input(key, ahead)
    const begun = performance.now()
    const answer = composer.input(enter, ahead)
    samples.push((performance.now() - begun) * 1000)
    if (!Buffer.isBuffer(answer)) throw new Error('Enter behind a plain prompt has to go on at once')
  }
  rows.push([
    'Enter behind a plain prompt',
    `${percentile(samples, 0.5).toFixed(1)} / ${percentile(samples, 0.99).toFixed(1)}`,
  ])
  table('What the composer adds inside the process (µs, p50 / p99)', ['for', 'time until it goes on'], rows)
}

/** From a key in the user's terminal to codex's echo on it, three TUIs side by side, a key in each in turn. */
async function benchEcho({ rounds }) {
  await withScreens('http://127.0.0.1:9/v1', [], async (screens) => {
    const letters = Object.fromEntries(Object.entries(screens).map(([name, screen]) => [name, () => screen.key()]))
    const samples = await interleave(letters, rounds, 20)
    table(
      `From a key to its echo, ${rounds} keys (ms, p50 / p99)`,
      ['program', 'total', 'added to codex', 'added by what is read of the typing'],
      Object.entries(samples).map(([name, values]) => [
        name,
        summary(values),
        name === 'codex' ? '' : summary(paired(values, samples.codex)),
        name === 'codex-plus' ? summary(paired(values, samples['codex-plus, commands off'])) : '',
      ]),
    )
  })
}

/** The same while an answer arrives, a word every 10 ms: the echo is the letter on the screen. */
async function benchBusyEcho({ rounds }) {
  const upstream = await startTalker()
  try {
    await withScreens(`http://127.0.0.1:${upstream.address().port}/v1`, ['talk'], async (screens) => {
      await Promise.all(Object.values(screens).map((screen) => screen.shows(/word \d/)))
      const letters = Object.fromEntries(
        Object.entries(screens).map(([name, screen]) => [name, () => screen.seenKey()]),
      )
      const samples = await interleave(letters, rounds, 20)
      const at = (values) => [0.5, 0.95, 0.99].map((p) => percentile(values, p).toFixed(1)).join(' / ')
      table(
        `From a key to its letter on the screen while an answer arrives, ${rounds} keys (ms, p50 / p95 / p99)`,
        ['program', 'total', 'added to codex'],
        Object.entries(samples).map(([name, values]) => [
          name,
          at(values),
          name === 'codex' ? '' : at(paired(values, samples.codex)),
        ]),
      )
    })
  } finally {
    upstream.closeAllConnections()
    upstream.close()
  }
}

/** A model that never stops talking. */
async function startTalker() {
  const server = createServer(async (request, response) => {
    if (request.headers.upgrade) return response.writeHead(426).end()
    for await (const _ of request);
    if (request.method !== 'POST') return response.writeHead(200).end('{"models":[]}')
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const send = (event) => response.write(`data: ${JSON.stringify(event)}\n\n`)
    const place = { item_id: 'msg_1', output_index: 0, content_index: 0 }
    send({ type: 'response.created', response: { id: 'resp_1' } })
    const item = { type: 'message', id: 'msg_1', role: 'assistant', content: [] }
    send({ type: 'response.output_item.added', output_index: 0, item })
    let words = 0
    const timer = setInterval(() => {
      words += 1
      send({ type: 'response.output_text.delta', ...place, delta: `word ${words}${words % 12 === 0 ? '\n' : ' '}` })
    }, 10)
    response.on('close', () => clearInterval(timer))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** Opens codex and codex-plus, each in a terminal of its own, for `act`. */
async function withScreens(base, prompt, act) {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'codex-plus-bench-')))
  const [project, codexHome] = [join(root, 'project'), join(root, 'codex-home')]
  for (const folder of [project, codexHome]) mkdirSync(folder)
  execFileSync('git', ['init', '-q', project])
  mkdirSync(join(project, '.claude/commands'), { recursive: true })
  for (let n = 0; n < 200; n += 1) writeFileSync(join(project, `.claude/commands/c${n}.md`), 'text $ARGUMENTS')
  writeFileSync(join(codexHome, 'auth.json'), '{"auth_mode":"apikey","OPENAI_API_KEY":"sk-dummy-0000000000000000"}')
  writeFileSync(
    join(codexHome, 'config.toml'),
    `openai_base_url = "${base}"\n[projects."${project}"]\ntrust_level = "trusted"\n`,
  )
  const env = {
    PATH: process.env.PATH,
    HOME: root,
    CODEX_HOME: codexHome,
    CODEX_PLUS_CODEX: launcher,
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
  }
  const screens = {}
  try {
    screens.codex = openScreen(
      launcher,
      ['--no-daemon', '-c', 'check_for_update_on_startup=false', ...prompt],
      project,
      env,
    )
    screens['codex-plus, commands off'] = openScreen(program, ['--plus-no-commands', ...prompt], project, env)
    screens['codex-plus'] = openScreen(program, prompt, project, env)
    await Promise.all(Object.values(screens).map((screen) => screen.ready()))
    await pause(3000)
    await act(screens)
  } finally {
    for (const screen of Object.values(screens)) screen.close()
    await pause(200)
    rmSync(root, { recursive: true, force: true, maxRetries: 5 })
  }
}

function openScreen(file, args, cwd, env) {
  const terminal = new Terminal({ cols: 100, rows: 30, allowProposedApi: true })
  const child = spawn(process.execPath, [file, ...args], { cols: 100, rows: 30, cwd, env, encoding: null })
  let arrived = () => {}
  let shown = () => {}
  let typed = 0
  let draft = 0
  let back = false
  child.onData((data) => {
    arrived()
    terminal.write(data, () => shown())
  })
  terminal.onData((answer) => child.write(answer))
  const text = () =>
    Array.from(
      { length: terminal.rows },
      (_, row) => terminal.buffer.active.getLine(row)?.translateToString(true) ?? '',
    ).join('\n')
  return {
    async ready() {
      await this.shows(/› Ask Codex/)
    },
    async shows(wanted) {
      for (let waited = 0; !wanted.test(text()); waited += 20) {
        if (waited > 30_000) throw new Error(`codex never showed ${wanted}:\n${text()}`)
        await pause(20)
      }
    },
    /** Types one letter, now and then takes some back, and gives the time until codex answers. */
    async key() {
      await pause(25)
      typed += 1
      const back = typed % 40 >= 20
      const begun = performance.now()
      const echo = new Promise((resolve) => {
        arrived = () => resolve(performance.now() - begun)
      })
      child.write(back ? '\x7f' : 'x')
      return await Promise.race([echo, pause(1000).then(() => 1000)])
    },
    /** Types one letter more, or takes one back, and gives the time until the composer's line shows it. */
    async seenKey() {
      await pause(25)
      if (draft <= 1) back = false
      else if (draft >= 20) back = true
      draft += back ? -1 : 1
      const line = new RegExp(`^› ${'x'.repeat(draft)}(?!x)`, 'm')
      const begun = performance.now()
      const echo = new Promise((resolve) => {
        arrived = () => {}
        shown = () => {
          if (line.test(text())) resolve(performance.now() - begun)
        }
      })
      child.write(back ? '\x7f' : 'x')
      return await Promise.race([echo, pause(1000).then(() => 1000)])
    },
    close() {
      try {
        child.kill('SIGKILL')
      } catch {}
    },
  }
}
