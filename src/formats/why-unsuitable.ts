import { POWER_FORMATS } from '../schemas/model-export.ts';
import { formats } from './index.ts';
import type { ModelFormat } from './model-format.ts';
import type { PortableModel } from './portable-model.ts';

/** Why a model can't be written in a format, in words that begin with the format; null where it can. */
export function whyUnsuitable(format: ModelFormat, model: PortableModel): string | null {
  const { kind, package: modelPackage } = model;
  if (format.holds.includes(kind)) {
    const { problem, targetScale } = modelPackage;
    const hasPower = problem.task === 'regression' && targetScale.power !== undefined;
    const refusal =
      hasPower && !POWER_FORMATS.includes(format.name)
        ? 'has no roots, by which a target comes back from its power'
        : (format.refusal?.(model) ?? null);
    return refusal === null ? null : `${format.title} ${refusal}`;
  }
  const able = Object.values(formats).filter(({ holds }) => holds.includes(kind));
  return (
    `${format.title} can't hold a model of '${modelPackage.candidate.estimator}'; ` +
    `${able.map(({ name }) => name).join(', ')} can`
  );
}
