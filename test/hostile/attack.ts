import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { toolCall } from '../codex/hooks-lab.js'
import { CODEX, CODEX_PLUS, type Lab, makeLab, type RunResult } from '../codex/lab.js'
import { type ScriptedUpstream, says, startScriptedUpstream } from '../fixtures/upstream/scripted.js'

/** A trusted project whose model does as a script says: one shell command for each line, in codex's sandbox. */
export interface Attack {
  readonly lab: Lab
  readonly upstream: ScriptedUpstream
  /** Runs `codex-plus exec` with a model that runs these commands, one in each request. */
  exec(commands: readonly string[], args?: readonly string[], env?: NodeJS.ProcessEnv): Promise<RunResult>
  /** Runs `codex-plus` with a model that only answers. */
  run(...args: string[]): Promise<RunResult>
  /** What the commands of the last run printed. */
  outputs(): string[]
  /** Whether something left this mark in the home folder. */
  marked(name: string): boolean
  /** Writes a file below the home folder. */
  writeHome(path: string, text: string): void
  /** Writes codex's configuration; the project keeps its trust unless `trust` says otherwise. */
  configure(before: string, after?: string, trust?: string | null): void
  close(): Promise<void>
}

/** Sets an attack up. */
export async function prepareAttack(): Promise<Attack> {
  let commands: readonly string[] = []
  let first = 0
  const upstream = await startScriptedUpstream((n) => {
    const cmd = commands[n - first]
    return [cmd === undefined ? says('done') : toolCall('classic', n, 'exec_command', { cmd })]
  })
  const lab = makeLab()
  const configure = (before: string, after = '', trust: string | null = 'trusted'): void => {
    const project = trust === null ? '' : `[projects."${lab.project}"]\ntrust_level = "${trust}"\n`
    writeFileSync(
      join(lab.codexHome, 'config.toml'),
      `model = "gpt-5.5"\nopenai_base_url = "${upstream.url}"\n${before}\n${project}${after}\n`,
    )
  }
  configure('')
  return {
    lab,
    upstream,
    configure,
    async exec(lines, args = [], env = {}) {
      commands = lines
      first = upstream.turns.length
      return await lab.run(CODEX_PLUS, ['exec', ...args, 'go'], { env })
    },
    async run(...args) {
      commands = []
      first = upstream.turns.length
      return await lab.run(CODEX_PLUS, args)
    },
    outputs() {
      const input = (upstream.turns.at(-1)?.body.input ?? []) as ReadonlyArray<{ type: string; output?: unknown }>
      const outputs = input.filter(({ type }) => type.endsWith('_output')).map(({ output }) => output)
      return outputs.map((output) => (typeof output === 'string' ? output : JSON.stringify(output)))
    },
    marked: (name) => existsSync(join(lab.home, name)),
    writeHome(path, text) {
      mkdirSync(dirname(join(lab.home, path)), { recursive: true })
      writeFileSync(join(lab.home, path), text)
    },
    async close() {
      lab.remove()
      await upstream.close()
    },
  }
}

/** Whether codex's own sandbox works on this machine: without it its commands do not run at all. */
export const hasSandbox = ((): boolean => {
  const lab = makeLab()
  try {
    const args = [CODEX, 'sandbox', '-c', 'sandbox_mode="workspace-write"', '--', 'true']
    return spawnSync(process.execPath, args, { cwd: lab.project, env: lab.env, timeout: 30_000 }).status === 0
  } finally {
    lab.remove()
  }
})()

/** A hook that leaves a mark in the home folder. */
export function marks(name: string): object {
  return { hooks: [{ type: 'command', command: `touch "$HOME/${name}"` }] }
}

/** A hook that denies every shell command with a word in it. */
export function denies(word: string): object {
  const command = `if grep -q ${word}; then echo 'no ${word}' >&2; exit 2; fi`
  return { matcher: 'Bash', hooks: [{ type: 'command', command }] }
}

/** The settings file that a model would write, as a shell command; it holds no word that a guard looks for. */
export function writeFileCommand(path: string, text: string): string {
  const bytes = Buffer.from(text).toString('base64')
  return `mkdir -p "$(dirname '${path}')"; echo ${bytes} | base64 -d > '${path}' && echo written`
}

/** Reads a file of the project; null where there is none. */
export function readProject({ project }: Lab, path: string): string | null {
  return existsSync(join(project, path)) ? readFileSync(join(project, path), 'utf8') : null
}
