import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkShellCommand } from '../../../src/permissions/check-shell-command.js'

/** What came of a tool call: what the model is told, and what hooks are. */
export interface ToolResult {
  readonly text: string
  readonly failed: boolean
  /** Null for what did not run. */
  readonly response: unknown
}

/** Where tools run; `cwd` moves with `cd`. */
export interface ToolPlace {
  cwd: string
  readonly home: string
  readonly projectDir: string
  readonly env: NodeJS.ProcessEnv
  readonly envFolder: string
  readonly mode: string
  readonly allowed: readonly string[]
}

type Input = Readonly<Record<string, unknown>>

/** Whether Claude Code would run the call without asking: nobody can be asked with `-p`. */
export function isPermitted(name: string, input: Input, place: ToolPlace): boolean {
  if (place.mode === 'bypassPermissions' || place.allowed.includes(name) || name === 'Read' || name === 'Agent')
    return true
  if (name !== 'Bash') return false
  return checkShellCommand(String(input.command), {
    cwd: place.cwd,
    directories: [place.projectDir],
    home: place.home,
    allow: [],
    deny: [],
    ask: [],
    mode: 'default',
  }).allowed
}

/** What Claude Code suggests to the user who is asked about a call that changes a file of the project. */
export function suggestionsFor(name: string, { projectDir }: ToolPlace): readonly unknown[] {
  if (name !== 'Bash') return []
  return [
    { type: 'addDirectories', directories: [projectDir], destination: 'session' },
    { type: 'setMode', mode: 'acceptEdits', destination: 'session' },
  ]
}

/** Runs a tool of Claude Code's as it would, as far as the cases use it. */
export async function runTool(name: string, input: Input, place: ToolPlace): Promise<ToolResult> {
  if (name === 'Bash') return await runBash(String(input.command), place)
  if (name.startsWith('mcp__')) {
    const content = [{ type: 'text', text: String(input.text) }]
    return { text: String(input.text), failed: false, response: content }
  }
  const path = String(input.file_path)
  if (name === 'Read') {
    const content = readFileSync(path, 'utf8')
    const lines = content.split('\n')
    const file = { filePath: path, content, numLines: lines.length, startLine: 1, totalLines: lines.length }
    const text = lines.map((line, index) => `${index + 1}\t${line}`).join('\n')
    return { text, failed: false, response: { type: 'text', file } }
  }
  if (name === 'Write') {
    const content = String(input.content)
    writeFileSync(path, content)
    const text = `File created successfully at: ${path} (file state is current in your context — no need to Read it back)`
    const rest = { structuredPatch: [], originalFile: null, userModified: false }
    return { text, failed: false, response: { type: 'create', filePath: path, content, ...rest } }
  }
  return edit(path, String(input.old_string), String(input.new_string))
}

function edit(filePath: string, oldString: string, newString: string): ToolResult {
  const originalFile = readFileSync(filePath, 'utf8')
  writeFileSync(filePath, originalFile.replace(oldString, newString))
  const text = `The file ${filePath} has been updated successfully. (file state is current in your context — no need to Read it back)`
  const hunk = { oldStart: 1, oldLines: 1, newStart: 1, newLines: 1, lines: [`-${oldString}`, `+${newString}`] }
  const rest = { structuredPatch: [hunk], userModified: false, replaceAll: false }
  return { text, failed: false, response: { filePath, oldString, newString, originalFile, ...rest } }
}

function runBash(command: string, place: ToolPlace): Promise<ToolResult> {
  const sources = envFiles(place.envFolder).map((file) => `. '${file}'; `)
  const script = `${sources.join('')}cd '${place.cwd}'; ${command}\ncode=$?; pwd >&3; exit $code`
  return new Promise((resolve) => {
    const child = execFile(
      '/bin/bash',
      ['-c', `{ ${script}\n} 3>'${place.home}/cwd.env'`],
      { env: place.env },
      (error, out, err) => {
        place.cwd = readFileSync(join(place.home, 'cwd.env'), 'utf8').trim() || place.cwd
        const [stdout, stderr] = [out.trimEnd(), err.trimEnd()]
        const response = {
          stdout,
          stderr,
          interrupted: false,
          isImage: false,
          noOutputExpected: command.startsWith('touch'),
        }
        if (error) return resolve({ text: `Exit code ${error.code}\n${stderr || stdout}`, failed: true, response })
        resolve({ text: stdout || '(Bash completed with no output)', failed: false, response })
      },
    )
    child.stdin?.end()
  })
}

function envFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
  } catch {
    return []
  }
}
