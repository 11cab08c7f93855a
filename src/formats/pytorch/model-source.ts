import type { NetworkModel } from '../portable-model.ts';
import { pythonFloat, type Statement, toStatements } from './torch-layers.ts';

/** `model.py`: the module whose weights the state dictionary holds, for people to read and change. */
export function modelSource({ network, transform, package: modelPackage }: NetworkModel): string {
  const { name, problem, weightsHash } = modelPackage;
  const isFloat64 = network.precision === 'float64';
  const outputs = problem.classes.length === 0 ? '1' : 'classes';
  const layers = network.layers.map(
    ({ inputs, units }, i) =>
      `        self.dense_${i} = nn.Linear(${inputs}, ${units}${isFloat64 ? ', dtype=torch.float64' : ''})`,
  );
  const body = toStatements(network).map((statement) => `        ${toPython(statement)}`);
  const what =
    problem.classes.length === 0
      ? `${problem.target}, in original units`
      : `the probability of each class of ${problem.target}`;
  return `${docstring(`${name}: ${what}.

Weights (SHA-256): ${weightsHash}
'transform.json' and 'preprocess.py' make features of raw records.`)}
from pathlib import Path

import torch
from torch import nn

# In the order of the outputs; none for regression.
CLASSES = ${JSON.stringify(problem.classes)}

# In the order of the inputs.
FEATURES = ${JSON.stringify(transform.featureNames)}


class Model(nn.Module):
    """Features [rows, ${network.width}] to [rows, ${outputs}]."""

    def __init__(self):
        super().__init__()
${layers.join('\n')}

    def forward(self, features):
${body.join('\n')}
        return x


def load(path=Path(__file__).with_name("weights.pth")):
    """The model with its trained weights, ready to predict."""
    model = Model()
    model.load_state_dict(torch.load(path, weights_only=True))
    return model.eval()
`;
}

/** Text of a user's in a docstring can't end it, nor escape. */
const docstring = (text: string): string =>
  `"""${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}\n"""`;

function toPython(statement: Statement): string {
  switch (statement.kind) {
    case 'convert':
      return `x = features.to(torch.${statement.precision})`;
    case 'dense':
      return `x = self.dense_${statement.layer}(x)`;
    case 'softmax':
      return 'x = torch.softmax(x, dim=-1)';
    case 'multiply':
      return `x = x * ${pythonFloat(statement.value)}`;
    case 'add':
      return `x = x + ${pythonFloat(statement.value)}`;
    default:
      return `x = torch.${statement.kind}(x)`;
  }
}
