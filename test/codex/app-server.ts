import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { JsonObject } from '../../src/request/request-body.js'
import { CODEX_PLUS, type Lab } from './lab.js'

/** An editor's side of `codex-plus app-server`. */
export interface AppServer {
  /** Starts a thread in a folder; resolves with its id. */
  startThread(cwd: string, params?: JsonObject): Promise<string>
  /** Sends a prompt and waits until its turn is over; resolves with codex's last notification about it. */
  prompt(threadId: string, text: string, params?: JsonObject): Promise<JsonObject>
  /** The questions that codex asked the user, all of which are declined. */
  readonly questions: JsonObject[]
  /** What was written to stderr. */
  errors(): string
  close(): Promise<void>
}

interface Message {
  readonly id?: number
  readonly method?: string
  readonly result?: JsonObject
  readonly error?: { readonly message: string }
  readonly params?: JsonObject
}

/** Starts it in `cwd`, as an editor may: the folder of a thread is another matter. */
export async function startAppServer(lab: Lab, cwd: string, args: readonly string[] = []): Promise<AppServer> {
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, [CODEX_PLUS, ...args, 'app-server'], {
    cwd,
    env: lab.env,
    stdio: 'pipe',
  })
  let errors = ''
  child.stderr.on('data', (data: Buffer) => {
    errors += data.toString()
  })
  const answers = new Map<number, (message: Message) => void>()
  const turns = new Map<string, (params: JsonObject) => void>()
  const questions: JsonObject[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = JSON.parse(line) as Message
    if (message.id !== undefined && message.method === undefined) answers.get(message.id)?.(message)
    if (message.id !== undefined && message.method !== undefined) {
      questions.push({ method: message.method, ...message.params })
      child.stdin.write(`${JSON.stringify({ id: message.id, result: { decision: 'decline' } })}\n`)
    }
    if (message.method === 'turn/completed') turns.get(String(message.params?.threadId))?.(message.params ?? {})
  })
  let count = 0
  const call = async (method: string, params: JsonObject): Promise<JsonObject> => {
    count += 1
    const id = count
    const answer = new Promise<Message>((resolve) => answers.set(id, resolve))
    child.stdin.write(`${JSON.stringify({ id, method, params })}\n`)
    const { result, error } = await answer
    if (error) throw new Error(`${method}: ${error.message}`)
    return result ?? {}
  }
  await call('initialize', {
    clientInfo: { name: 'editor', version: '1' },
    capabilities: { experimentalApi: true },
  })
  child.stdin.write(`${JSON.stringify({ method: 'initialized' })}\n`)
  return {
    async startThread(folder, params = {}) {
      const { thread } = await call('thread/start', { cwd: folder, ...params })
      return String((thread as JsonObject).id)
    },
    async prompt(threadId, text, params = {}) {
      const over = new Promise<JsonObject>((resolve) => turns.set(threadId, resolve))
      await call('turn/start', { threadId, input: [{ type: 'text', text }], ...params })
      return await over
    },
    questions,
    errors: () => errors,
    async close() {
      const ended = once(child, 'exit')
      child.stdin.end()
      child.kill('SIGTERM')
      await ended
    },
  }
}
