import { loadTensorFlow } from '../../src/ml/backend.ts';
import { nativeBackend } from '../../src/ml/graph/native-backend.ts';
import { compileOften } from './compilations.ts';

/** A process of its own, killed at the moment when TensorFlow is to read the graph. */
const tf = await loadTensorFlow();
nativeBackend(tf).loadSavedModelMetaGraph = () => {
  process.kill(process.pid, 'SIGKILL');
  // The signal is delivered before the call returns to JavaScript.
  throw new Error('This process is dead.');
};
compileOften(tf, 1);
