#!/usr/bin/env node
/**
 * PreToolUse, matcher `Write|Edit|MultiEdit|NotebookEdit`: denies changes to protected files. The list is
 * `.claude/protected-files`, one pattern per line (`*` within a name, `**` across folders, `#` for comments), or the list
 * below if there is no such file.
 */
import { readFileSync, realpathSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'

const DEFAULTS = [
  '.env',
  '.env.*',
  '*.pem',
  '*.key',
  'id_rsa*',
  'id_ed25519*',
  '.git/**',
  '.claude/**',
  '.mcp.json',
  'package-lock.json',
  'yarn.lock',
  'pnpm-lock.yaml',
]

const input = JSON.parse(await text(process.stdin))
const project = process.env.CLAUDE_PROJECT_DIR ?? input.cwd ?? process.cwd()
const given = input.tool_input?.file_path ?? input.tool_input?.notebook_path
if (typeof given === 'string') {
  const path = resolve(input.cwd ?? project, given)
  // Check the targets of links too.
  const paths = [path, join(resolveLinks(dirname(path)), basename(path)), resolveLinks(path)]
  const names = paths.flatMap((name) => [relative(project, name), relative(resolveLinks(project), name)])
  const pattern = patterns().find((candidate) => names.some((name) => covers(candidate, name)))
  if (pattern !== undefined) {
    const permissionDecisionReason = `${given} is protected (${pattern}). Leave it as it is and tell the user what you wanted to change.`
    const hookSpecificOutput = { hookEventName: 'PreToolUse', permissionDecision: 'deny', permissionDecisionReason }
    process.stdout.write(JSON.stringify({ hookSpecificOutput }))
  }
}

function patterns() {
  try {
    const lines = readFileSync(join(project, '.claude', 'protected-files'), 'utf8').split('\n')
    return lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'))
  } catch {
    return DEFAULTS
  }
}

/** Returns whether a pattern matches a path; a pattern without a slash matches in every folder. */
function covers(pattern, name) {
  const anywhere = !pattern.replace(/\/$/, '').includes('/')
  const source = pattern
    .replace(/^\//, '')
    .replace(/\/$/, '/**')
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*|\*|\?/g, (star) => ({ '**': '.*', '*': '[^/]*', '?': '[^/]' })[star])
  return new RegExp(`^${anywhere ? '(?:.*/)?' : ''}${source}$`).test(name)
}

function resolveLinks(path) {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

async function text(stream) {
  let whole = ''
  for await (const part of stream.setEncoding('utf8')) whole += part
  return whole
}
