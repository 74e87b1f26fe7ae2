/** A call that the host sends to the thread; `input` is what the calls file of the thread takes. */
export interface WorkerCall {
  readonly id: number
  readonly input: unknown
}

/** The result of a call. A result without an id is an error outside of any call. */
export interface WorkerResult {
  readonly id: number | null
  readonly value?: unknown
  readonly error?: WorkerError
}

/** An error as it crosses the thread boundary. */
export interface WorkerError {
  readonly message: string
  readonly stack: string
  /** The error as `String(error)` writes it, with its class. */
  readonly text: string
}

/** Runs one call in the thread. Each file that a worker host starts exports a function of this type as `answerCall`. */
export type AnswerCall<Input> = (input: Input) => unknown
