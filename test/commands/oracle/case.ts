import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A file of a case: its text, or how to make it. */
type CaseFile =
  | string
  | {
      text?: string
      mode?: string | number
      b64?: string
      symlink?: string
      dir?: true
      repeat?: [string, number]
      lines?: number
      json?: unknown
    }

/** One recorded case. */
export interface OracleCase {
  readonly id: string
  readonly git?: boolean
  readonly cwd?: string
  readonly files: Record<string, CaseFile>
  readonly settings?: unknown
  readonly setup?: string
  readonly env?: Record<string, string>
  readonly prompt: string
  readonly expect: {
    readonly outcome: string
    readonly text?: string[]
    readonly attachments?: Array<Record<string, unknown>>
    readonly message?: string
  }
}

/** A case set up on disk. */
export interface Stage {
  readonly root: string
  readonly cwd: string
  readonly home: string
  /** The text with the case's placeholders filled in. */
  fill(text: string): string
  remove(): void
}

let repository: string | undefined

/** Sets a case up below a scratch folder. */
export function stage(oracle: Pick<OracleCase, 'git' | 'cwd' | 'files' | 'settings' | 'setup'>): Stage {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'oracle-')))
  const outside = realpathSync(mkdtempSync(join(tmpdir(), 'oracle-outside-')))
  const fill = (text: string): string => text.replaceAll('{{ROOT}}', root).replaceAll('{{OUTSIDE}}', outside)
  for (const folder of ['home', 'out', 'project']) mkdirSync(join(root, folder))
  if (oracle.git !== false) cpSync(gitTemplate(), join(root, 'project'), { recursive: true })
  for (const [path, file] of Object.entries(oracle.files)) writeCaseFile(join(root, path), file, fill)
  if (oracle.settings !== undefined) {
    writeCaseFile(join(root, 'project/.claude/settings.json'), { json: oracle.settings }, fill)
  }
  const cwd = join(root, oracle.cwd ?? 'project')
  mkdirSync(cwd, { recursive: true })
  if (oracle.setup !== undefined) {
    execFileSync('/bin/sh', ['-c', fill(oracle.setup)], {
      cwd: root,
      env: { ...process.env, HOME: join(root, 'home') },
    })
  }
  return {
    root,
    cwd,
    home: join(root, 'home'),
    fill,
    remove: () => {
      for (const folder of [root, outside]) rmSync(folder, { recursive: true, force: true })
    },
  }
}

function writeCaseFile(path: string, file: CaseFile, fill: (text: string) => string): void {
  mkdirSync(dirname(path), { recursive: true })
  if (typeof file === 'string') writeFileSync(path, fill(file))
  else if (file.dir) mkdirSync(path, { recursive: true })
  else if (file.symlink !== undefined) symlinkSync(fill(file.symlink), path)
  else if (file.b64 !== undefined) writeFileSync(path, Buffer.from(file.b64, 'base64'))
  else if (file.repeat) writeFileSync(path, file.repeat[0].repeat(file.repeat[1]))
  else if (file.lines !== undefined) {
    writeFileSync(path, Array.from({ length: file.lines }, (_, index) => `line ${index + 1}\n`).join(''))
  } else if (file.json !== undefined) writeFileSync(path, fill(JSON.stringify(file.json)))
  else writeFileSync(path, fill(file.text ?? ''))
  if (typeof file !== 'string' && file.mode !== undefined)
    chmodSync(path, typeof file.mode === 'string' ? Number.parseInt(file.mode, 8) : file.mode)
}

/** An empty repository, made once and copied. */
function gitTemplate(): string {
  if (repository === undefined) {
    repository = mkdtempSync(join(tmpdir(), 'oracle-git-'))
    execFileSync('git', ['init', '-q', '-b', 'main', repository])
  }
  return repository
}
