import { t } from '../../i18n';
import { compileExpression, functionNames, type Mistake } from './retry-expression';
import type { BuilderValues, Fault, Field } from './values';

const texts = {
  needed: 'builder.faultNeeded',
  destination: 'builder.faultDestination',
  name: 'builder.faultName',
  url: 'builder.faultUrl',
  duration: 'builder.faultDuration',
  durationZero: 'builder.faultDurationZero',
  time: 'builder.faultTime',
  header: 'builder.faultHeader',
  headerValue: 'builder.faultHeaderValue',
  retries: 'builder.faultRetries',
  colon: 'builder.faultColon',
  tooLong: 'builder.faultTooLong',
  labelsMany: 'builder.faultLabelsMany',
  control: 'builder.faultControl',
  flowValue: 'builder.faultFlowValue',
  flowKey: 'builder.faultFlowKey',
  flowLimit: 'builder.faultFlowLimit',
  flowPeriod: 'builder.faultFlowPeriod',
} as const satisfies Record<Exclude<Fault, 'expression'>, string>;

function mistakeText({ column, expected }: Mistake): string {
  const sentences: Readonly<Record<Mistake['expected'], string>> = {
    operand: t('builder.expressionOperand', { column }),
    operator: t('builder.expressionOperator', { column }),
    open: t('builder.expressionOpen', { column }),
    close: t('builder.expressionClose', { column }),
    comma: t('builder.expressionComma', { column }),
    exponent: t('builder.expressionExponent', { column }),
    name: t('builder.expressionName', { column, names: functionNames.join(' ') }),
    shorter: t('builder.expressionShorter'),
  };
  return sentences[expected];
}

/** What is wrong with a field, in words. */
export function faultText(field: Field, fault: Fault, values: BuilderValues): string {
  if (fault !== 'expression') return t(texts[fault]);
  const { mistake } = compileExpression(String(values[field]).trim());
  return mistake ? mistakeText(mistake) : '';
}
