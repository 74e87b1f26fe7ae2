#!/usr/bin/env node
/**
 * PostToolUse, matcher `Write|Edit|MultiEdit`: runs the project's own formatter on the changed file, and tells the model
 * if the formatter changed it. A formatter that is not installed is skipped.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, dirname, extname, join, resolve } from 'node:path'

const WEB = [
  ['biome', ['format', '--write'], ['biome.json', 'biome.jsonc']],
  ['prettier', ['--write', '--log-level', 'warn'], null],
]
/** By file extension: the program, its arguments, and its configuration files; the project must have one (null: none). */
const FORMATTERS = {
  '.js .mjs .cjs .jsx .ts .mts .cts .tsx .json .jsonc .css': WEB,
  '.md .html .yaml .yml .scss .vue .svelte': [WEB[1]],
  '.py': [
    ['ruff', ['format', '--quiet'], null],
    ['black', ['--quiet'], null],
  ],
  '.go': [['gofmt', ['-w'], null]],
  '.rs': [['rustfmt', ['--edition', '2021'], null]],
  '.sh .bash': [['shfmt', ['-w'], null]],
}

const input = JSON.parse(await text(process.stdin))
const project = process.env.CLAUDE_PROJECT_DIR ?? input.cwd ?? process.cwd()
const given = input.tool_input?.file_path
const path = typeof given === 'string' ? resolve(input.cwd ?? project, given) : ''
const formatter = path !== '' && existsSync(path) ? formatterFor(path) : null
if (formatter) {
  const before = readFileSync(path)
  const [name, program, args] = formatter
  const { status, stderr } = spawnSync(program, [...args, path], { cwd: project, encoding: 'utf8', timeout: 30_000 })
  if (status !== 0) say(`${name} could not format ${given}: ${(stderr ?? '').trim().slice(0, 2000)}`)
  else if (!readFileSync(path).equals(before))
    say(`${given} was formatted with ${name}; read it again before you edit it.`)
}

function formatterFor(file) {
  const ending = extname(file).toLowerCase()
  const rows = Object.entries(FORMATTERS).find(([endings]) => ending !== '' && endings.split(' ').includes(ending))?.[1]
  for (const [name, args, markers] of rows ?? []) {
    if (markers && !markers.some((marker) => existsSync(join(project, marker)))) continue
    const program = find(name, dirname(file))
    if (program !== null) return [name, program, args]
  }
  return null
}

/** Returns the project's own program, searched upwards from the file's folder, else the one on the PATH, else null. */
function find(name, folder) {
  for (let at = folder; ; at = dirname(at)) {
    const own = join(at, 'node_modules', '.bin', name)
    if (existsSync(own)) return own
    if (dirname(at) === at) break
  }
  const folders = (process.env.PATH ?? '').split(delimiter).filter((path) => path.startsWith('/'))
  return folders.map((path) => join(path, name)).find((program) => existsSync(program)) ?? null
}

function say(additionalContext) {
  process.stdout.write(JSON.stringify({ hookSpecificOutput: { hookEventName: 'PostToolUse', additionalContext } }))
}

async function text(stream) {
  let whole = ''
  for await (const part of stream.setEncoding('utf8')) whole += part
  return whole
}
