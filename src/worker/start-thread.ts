import { Worker } from 'node:worker_threads'

/** Starts a thread that never keeps this process alive. What it prints goes to `onPrint`: the screen is codex's. */
export function startWorker(file: URL, workerData: string, onPrint: (text: string) => void): Worker {
  const worker = new Worker(file, { workerData, stdout: true, stderr: true })
  for (const stream of [worker.stdout, worker.stderr]) {
    stream.on('data', (bytes: Buffer) => onPrint(bytes.toString()))
  }
  worker.unref()
  return worker
}
