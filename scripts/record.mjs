// Writes docs/demo.svg from a real run: types a command into the real codex TUI on the embedded echo upstream, in a
// scratch project, and draws the last screen as text. Needs no login and no network.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import headless from '@xterm/headless'
import { spawn } from 'node-pty'

const [COLS, ROWS] = [88, 24]
const FILES = {
  '.claude/commands/changed.md':
    '---\ndescription: Explain what changed, and why it might break\nargument-hint: [file]\nallowed-tools: Bash(git diff:*)\n---\nExplain this change to $1, and what could break:\n!`git diff --stat -- $1`\nThe file as it is now: @src/parse.ts\n',
  'src/parse.ts': 'export const parse = (text: string): number => Number(text)\n',
}

const root = mkdtempSync(join(tmpdir(), 'codex-plus-record-'))
const [project, home] = [join(root, 'project'), join(root, 'codex-home')]
for (const folder of [project, home]) mkdirSync(folder)
for (const [path, text] of Object.entries(FILES)) {
  mkdirSync(dirname(join(project, path)), { recursive: true })
  writeFileSync(join(project, path), text)
}
const git = (...args) =>
  execFileSync('git', ['-c', 'user.name=demo', '-c', 'user.email=demo@example.com', ...args], { cwd: project })
git('init', '-q')
git('add', '.')
git('commit', '-qm', 'first')
writeFileSync(join(project, 'src/parse.ts'), 'export const parse = (text: string): number => Number.parseInt(text)\n')
writeFileSync(join(home, 'config.toml'), `[projects."${project}"]\ntrust_level = "trusted"\n`)

const terminal = new headless.Terminal({ cols: COLS, rows: ROWS, allowProposedApi: true })
const child = spawn(process.execPath, [fileURLToPath(new URL('../bin/codex-plus.js', import.meta.url))], {
  cols: COLS,
  rows: ROWS,
  cwd: project,
  env: {
    ...process.env,
    HOME: root,
    CODEX_HOME: home,
    CODEX_PLUS_UPSTREAM: 'echo',
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
  },
})
child.onData((data) => terminal.write(data))
terminal.onData((reply) => child.write(reply))

try {
  await shows(/Ask Codex/)
  for (const key of '/changed src/parse.ts') {
    child.write(key)
    await sleep(30)
  }
  await sleep(500)
  child.write('\r')
  await shows(/Worked for/)
  await sleep(300)
  const file = fileURLToPath(new URL('../docs/demo.svg', import.meta.url))
  writeFileSync(file, drawScreen())
  console.log(`wrote ${file}`)
} finally {
  child.kill('SIGKILL')
  await sleep(200)
  rmSync(root, { recursive: true, force: true, maxRetries: 5 })
}

async function shows(wanted) {
  for (const deadline = Date.now() + 20_000; ; await sleep(50)) {
    const text = lines().join('\n')
    if (wanted.test(text)) return
    if (Date.now() > deadline) throw new Error(`the screen never showed ${wanted}:\n${text}`)
  }
}

function lines() {
  const { active } = terminal.buffer
  return Array.from({ length: ROWS }, (_, row) => active.getLine(active.viewportY + row)?.translateToString(true) ?? '')
}

/** Draws the screen as an SVG: one text element per row, one span per run of the same style. */
function drawScreen() {
  const [width, height] = [8.4, 18]
  const rows = Array.from({ length: ROWS }, (_, row) => drawRow(row)).map(
    (spans, row) => `<text x="12" y="${24 + row * height}" xml:space="preserve">${spans}</text>`,
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${Math.round(COLS * width) + 24} ${ROWS * height + 28}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14" fill="#d8dee9" role="img" aria-label="codex-plus in a terminal: a slash command of the project, expanded">`,
    '<rect width="100%" height="100%" rx="8" fill="#1b1f27"/>',
    ...rows,
    '</svg>',
    '',
  ].join('\n')
}

function drawRow(row) {
  const line = terminal.buffer.active.getLine(terminal.buffer.active.viewportY + row)
  if (!line) return ''
  const runs = []
  for (let column = 0; column < COLS; column += 1) {
    const cell = line.getCell(column)
    if (!cell || cell.getWidth() === 0) continue
    const style = `${cell.isBold() ? ' font-weight="bold"' : ''}${cell.isDim() ? ' opacity="0.6"' : ''}`
    const text = cell.getChars() || ' '
    const last = runs.at(-1)
    if (last?.style === style) last.text += text
    else runs.push({ style, text })
  }
  const spans = runs.map(({ style, text }) => ({ style, text: xml(text.replaceAll(root, '~')) }))
  return spans
    .map(({ style, text }) => (style === '' ? text : `<tspan${style}>${text}</tspan>`))
    .join('')
    .trimEnd()
}

function xml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
