import type { JSX } from 'preact';
import { useId } from 'preact/hooks';

import { t } from '../../i18n';

interface RatioShape {
  width: number;
  height: number;
}

/** The largest shape of ratio '16:9' within a square of `side`; a square for what is no ratio. */
function shapeOf(ratio: string, side: number): RatioShape {
  const [width = 1, height = 1] = ratio.split(':').map(Number);
  if (!(width > 0 && height > 0)) return { width: side, height: side };
  const scale = side / Math.max(width, height);
  return { width: Math.max(3, width * scale), height: Math.max(3, height * scale) };
}

function Shape({ ratio }: { ratio: string }): JSX.Element {
  const side = 18;
  const { width, height } = shapeOf(ratio, side - 2);
  return (
    <svg width={side} height={side} viewBox={`0 0 ${side} ${side}`} aria-hidden="true" focusable="false">
      <rect
        class={ratio === '' ? 'ratio-auto' : 'ratio-shape'}
        x={(side - width) / 2}
        y={(side - height) / 2}
        width={width}
        height={height}
        rx="1.5"
      />
    </svg>
  );
}

/** Ratios as little pictures of themselves; '' leaves the choice to the model. */
export function RatioPicker({ value, ratios, onChange }: { value: string; ratios: readonly string[]; onChange: (ratio: string) => void }): JSX.Element {
  const name = useId();
  return (
    <fieldset class="choice-field">
      <legend class="field-label">{t('generationForm.aspectRatio')}</legend>
      <div class="ratios">
        {['', ...ratios].map((ratio) => (
          <label key={ratio} class="ratio">
            <input type="radio" name={name} value={ratio} checked={ratio === value} onChange={() => onChange(ratio)} />
            <span>
              <Shape ratio={ratio} />
              {ratio === '' ? t('generationForm.auto') : ratio}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
