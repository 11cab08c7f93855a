/** Epochs of a network whose job does not say: for schemas, and for workflows, which take only types from them. */
export const DEFAULT_EPOCHS = 100;
