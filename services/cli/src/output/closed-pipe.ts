/** 128 and SIGPIPE: what a shell sees of a program whose reader went away. */
const CLOSED_PIPE = 141;

/** Who reads the output may have seen enough (`… | head`): then the program ends, and that is no error to tell of. */
export function endWithReader(output: NodeJS.WriteStream): void {
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(CLOSED_PIPE);
    throw error;
  });
}
