// The file that each worker thread starts with: it loads the calls file given as workerData and runs its `answerCall` for
// each call. A module that never returns, or calls process.exit, ends this thread alone.
import { parentPort, workerData } from 'node:worker_threads'
import type { AnswerCall, WorkerCall, WorkerError, WorkerResult } from './worker-messages.js'

const port = parentPort

for (const event of ['uncaughtException', 'unhandledRejection']) {
  process.on(event, (error: unknown) => send({ id: null, error: describeError(error) }))
}
const { answerCall } = (await import(String(workerData))) as { answerCall: AnswerCall<unknown> }
port?.on('message', (call: WorkerCall) => void answer(call).then(send))

async function answer({ id, input }: WorkerCall): Promise<WorkerResult> {
  try {
    return { id, value: await answerCall(input) }
  } catch (error) {
    return { id, error: describeError(error) }
  }
}

function describeError(error: unknown): WorkerError {
  const text = String(error)
  return error instanceof Error
    ? { message: error.message, stack: error.stack ?? '', text }
    : { message: text, stack: '', text }
}

/** Sends a result. A value that cannot be copied to another thread becomes an error of its call. */
function send(result: WorkerResult): void {
  try {
    port?.postMessage(result)
  } catch (error) {
    port?.postMessage({ id: result.id, error: describeError(error) } satisfies WorkerResult)
  }
}
