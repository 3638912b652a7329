/** What whoever runs the server can mend. Its message is for them and is all they need: one line, no stack. */
export class OperatorError extends Error {}
